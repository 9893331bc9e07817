/** What GET_LOCK answered: 1, or there is no lock. */
export function checkGranted(answer: unknown): void {
  if (Number(answer) !== 1) throw new Error(`GET_LOCK answered ${String(answer)}`)
}
