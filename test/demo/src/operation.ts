/** One read-modify-write of a process, in milliseconds of the shared clock. */
export interface Operation {
  /** When the process wanted to begin; under the lock, it may have to wait from here on. */
  askedAt: number
  /** When it was let in; without the lock that is at once. */
  enteredAt: number
  /** When the server had answered its COMMIT. */
  committedAt: number
  /** The balance that it read; it wrote this plus 1. */
  read: number
}
