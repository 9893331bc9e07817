/** What to do where a lock was seen not to be one. */
export const DISTRUST =
  'Take no locks through this address; what is said above of server, role and proxy may tell why they do not hold.'
