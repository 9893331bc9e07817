export const THEMES = ['light', 'dark'] as const

export type Theme = (typeof THEMES)[number]

/** Colours of a picture. */
export interface Look {
  background: string
  text: string
  /** For axes, and for what matters less. */
  faint: string
  grid: string
  /** Of things that are to be told apart. */
  colours: readonly string[]
  /** What is as it should be, and what is not; `background` is for letters on either. */
  good: string
  bad: string
}

const LIGHT = [
  '#d1242f',
  '#0072b2',
  '#009e73',
  '#7a5195',
  '#b35900',
  '#cc79a7',
  '#56a5d8',
  '#6e7781',
  '#7d8b00',
] as const
const DARK = [
  '#ff7b72',
  '#58a6ff',
  '#2fc79a',
  '#bc8cff',
  '#e3a14f',
  '#f0a6cf',
  '#8fd0f5',
  '#9da7b1',
  '#d4dd5c',
] as const

// Okabe and Ito's palette, which people with any colour vision can tell apart, darker or lighter where the page wants it.
export const LOOKS: Record<Theme, Look> = {
  light: {
    background: '#ffffff',
    text: '#1f2328',
    faint: '#59636e',
    grid: '#e4e7eb',
    colours: LIGHT,
    good: LIGHT[1],
    bad: LIGHT[0],
  },
  dark: {
    background: '#0d1117',
    text: '#e6edf3',
    faint: '#9198a1',
    grid: '#262c36',
    colours: DARK,
    good: DARK[1],
    bad: DARK[0],
  },
}
