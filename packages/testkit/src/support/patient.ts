/** For many calls that wait for each other: nearly as long as a case may take, since the machine may have much else to do. */
export const PATIENT = { timeoutMs: 40_000 }
