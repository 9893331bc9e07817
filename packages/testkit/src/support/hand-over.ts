/** `handOverMs` so long that no case meets the end of it by accident. */
export const LONG = { handOverMs: 10_000 }

/** Time for calls to stand in the queue, in milliseconds: an ORM's promise may be sent on its way a little later. */
export const IN_LINE_MS = 20
