/** A stretch of time that something fills. */
export interface Span<What> {
  readonly from: number
  readonly to: number
  readonly what: What
}

/** Spans that may overlap, to be asked in logarithmic time for one that touches a stretch. */
export class Spans<What> {
  readonly #spans: readonly Span<What>[]
  /** For each span the one that ends last of it and all before it. */
  readonly #reaching: readonly Span<What>[]

  constructor(spans: readonly Span<What>[]) {
    this.#spans = spans.toSorted((a, b) => a.from - b.from)
    let furthest: Span<What> | undefined
    this.#reaching = this.#spans.map((span) => {
      if (furthest === undefined || span.to >= furthest.to) furthest = span
      return furthest
    })
  }

  /** Of those that touch the stretch, the one that ends last. */
  touching(from: number, to: number): Span<What> | undefined {
    const found = this.#reaching[countUpTo(this.#spans, to) - 1]
    return found !== undefined && found.to >= from ? found : undefined
  }
}

/** How many begin at a moment or before, of spans in the order of their beginnings. */
export function countUpTo(spans: readonly { readonly from: number }[], moment: number): number {
  let least = 0
  let most = spans.length
  while (least < most) {
    const middle = (least + most) >>> 1
    if (spans[middle]!.from <= moment) least = middle + 1
    else most = middle
  }
  return least
}
