/** The two panels of a picture. */
export function panelsOf(svg: string): { without: string; withLock: string } {
  const [, without = '', withLock = ''] = svg.split(/<g class="with(?:out)?-lock">/)
  return { without, withLock: withLock.slice(0, withLock.indexOf('</g>')) }
}

/** Where the bars of a kind are. */
export function barsIn(panel: string, kind: string): { left: number; right: number }[] {
  const bars = panel.matchAll(new RegExp(`<rect class="${kind}"[^>]* x="([\\d.]+)"[^>]* width="([\\d.]+)"`, 'g'))
  return [...bars].map(([, x, width]) => ({ left: Number(x), right: Number(x) + Number(width) }))
}
