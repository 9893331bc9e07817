/** What the commands end with, next to the exit code of a command that `run` ran. From 64 on, those of `sysexits.h` where one fits. */
export const EXIT = {
  ok: 0,
  /** The answer is no: `doctor` found no lock, `kill` ended nothing. */
  no: 1,
  /** EX_USAGE: arguments, environment or option file are wrong. */
  usage: 64,
  /** EX_UNAVAILABLE: the database cannot be reached, refuses the account, or gives no lock. */
  unavailable: 69,
  /** EX_SOFTWARE: a defect of ormutex. */
  software: 70,
  /** EX_IOERR: what was to be printed could not be. */
  io: 74,
  /** EX_TEMPFAIL: somebody else has the lock. */
  conflict: 75,
  /** The lock was lost, or held for longer than it may be, and the command was ended. */
  lost: 76,
  /** The command is there, but cannot be run; as in shells. */
  notExecutable: 126,
  /** There is no such command; as in shells. */
  notFound: 127,
  /** 128 + SIGPIPE: nobody reads what is printed. */
  brokenPipe: 141,
} as const
