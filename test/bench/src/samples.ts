/** One contender in one round. */
export interface Sample {
  scenario: string
  /** A contender's id. */
  contender: string
  /** What else there is to a measurement, such as how many contended: empty where there is nothing. */
  variant: string
  round: number
  values: Readonly<Record<string, number>>
}

/** A median over rounds, and the rounds around it. */
export interface Spread {
  median: number
  least: number
  most: number
}

/** Which numbers: of whom, in which variant, and what was measured. */
export interface Which {
  contender: string
  variant?: string
  value: string
}

/** What one scenario has measured, round by round. */
export class Samples {
  readonly #scenario: string
  readonly #all: Sample[] = []

  constructor(scenario: string) {
    this.#scenario = scenario
  }

  get all(): readonly Sample[] {
    return this.#all
  }

  /** Every variant that was measured of anybody. */
  get variants(): ReadonlySet<string> {
    return new Set(this.#all.map(({ variant }) => variant))
  }

  add(sample: Omit<Sample, 'scenario'>): void {
    this.#all.push({ scenario: this.#scenario, ...sample })
  }

  spread(which: Which): Spread | undefined {
    return spreadOf([...this.#byRound(which).values()])
  }

  /** The ratio of two within the same round, over rounds. */
  ratio(over: Which, under: Which): Spread | undefined {
    const denominators = this.#byRound(under)
    const ratios = [...this.#byRound(over)].flatMap(([round, value]) => {
      const denominator = denominators.get(round)
      return denominator === undefined ? [] : [value / denominator]
    })
    return spreadOf(ratios)
  }

  /** The sum of all rounds: failures are counted, not averaged. */
  sum(which: Which): number {
    return [...this.#byRound(which).values()].reduce((sum, value) => sum + value, 0)
  }

  /** What was measured of a contender, by name. */
  valueNames({ contender, variant = '' }: Omit<Which, 'value'>): string[] {
    const own = this.#all.filter((sample) => sample.contender === contender && sample.variant === variant)
    return [...new Set(own.flatMap(({ values }) => Object.keys(values)))]
  }

  #byRound({ contender, variant = '', value }: Which): Map<number, number> {
    const matching = this.#all.filter(
      (sample) => sample.contender === contender && sample.variant === variant && sample.values[value] !== undefined,
    )
    return new Map(matching.map(({ round, values }) => [round, values[value]!]))
  }
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  const known = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b)
  if (known.length === 0) return undefined
  const middle = (known.length - 1) / 2
  const median = (known[Math.floor(middle)]! + known[Math.ceil(middle)]!) / 2
  return { median, least: known[0]!, most: known.at(-1)! }
}
