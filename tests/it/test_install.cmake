# cmake -DBUILD=DIR -DPREFIX=... -DSYSCONFDIR=... -P test_install.cmake: installs into an empty root and looks where things went
# (FHS), that what was installed runs, and that a second installation leaves the administrator's configuration alone.
set(root ${BUILD}/install-test)
file(REMOVE_RECURSE ${root})

function(run_or_fail)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${result}\n${output}")
  endif()
endfunction()

set(ENV{DESTDIR} ${root})
run_or_fail(${CMAKE_COMMAND} --install ${BUILD})
set(usr ${root}${PREFIX})
set(etc ${root}${SYSCONFDIR})
foreach(file ${usr}/sbin/supd ${usr}/bin/supctl ${usr}/lib/systemd/system/supd.service ${usr}/lib/sysusers.d/supd.conf
    ${usr}/lib/tmpfiles.d/supd.conf ${usr}/share/doc/supd/example/supd.ini ${etc}/supd/supd.ini ${etc}/supd/conf.d)
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()

run_or_fail(${usr}/sbin/supd --check -c ${etc}/supd/supd.ini)
run_or_fail(${usr}/sbin/supd --check -c ${usr}/share/doc/supd/example/supd.ini)
run_or_fail(${usr}/bin/supctl check ${usr}/share/doc/supd/example/supd.ini)

file(APPEND ${etc}/supd/supd.ini "# mine\n")
run_or_fail(${CMAKE_COMMAND} --install ${BUILD})
file(READ ${etc}/supd/supd.ini kept)
if(NOT kept MATCHES "# mine")
  message(FATAL_ERROR "the second installation has overwritten supd.ini")
endif()

file(READ ${usr}/lib/systemd/system/supd.service unit)
if(NOT unit MATCHES "ExecStart=${PREFIX}/sbin/supd --foreground\n")
  message(FATAL_ERROR "the unit does not start supd:\n${unit}")
endif()
file(REMOVE_RECURSE ${root})
