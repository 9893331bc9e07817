import { LOOKS, type Look, THEMES, type Theme } from '@ormutex-test/drawings/look'
import { LineChart as Lines } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { LineChart } from './section.js'

use([Lines, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

/** Small, so that letters are still large enough when a phone makes it smaller. */
const WIDTH = 680
const HEIGHT = 620
const LEGEND_ROW_HEIGHT = 27
const LEGEND_GAP = 9
const LEGEND_MARGIN = 16

/** Lines differ by more than colour. */
const SYMBOLS = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'emptyCircle',
  'emptyRect',
  'emptyTriangle',
  'emptyDiamond',
  'arrow',
]

/** A chart's files: one for readers with a light page and one for those with a dark one. */
export function renderChart(chart: LineChart): { name: string; svg: string }[] {
  return THEMES.map((theme) => ({ name: chartFile(chart, theme), svg: svgOf(chart, LOOKS[theme]) }))
}

export function chartFile({ file }: LineChart, theme: Theme): string {
  return `${file}-${theme}.svg`
}

function svgOf({ title, x, y, lines }: LineChart, look: Look): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  const legendRows = Math.ceil(lines.length / 2)
  const families = [...new Set(lines.map(({ family }) => family))]
  const text = { color: look.text, fontSize: 16, fontFamily: 'system-ui, sans-serif' }
  const axis = {
    nameTextStyle: text,
    axisLabel: text,
    axisLine: { lineStyle: { color: look.faint } },
    axisTick: { lineStyle: { color: look.faint } },
    splitLine: { lineStyle: { color: look.grid } },
  }
  try {
    chart.setOption({
      animation: false,
      backgroundColor: look.background,
      title: {
        text: title,
        subtext: `${y.name}; both axes are logarithmic`,
        left: 16,
        top: 12,
        textStyle: { ...text, fontSize: 20 },
        subtextStyle: { ...text, color: look.faint, fontSize: 15 },
      },
      // Two columns, whatever font the reader has.
      legend: [lines.slice(0, legendRows), lines.slice(legendRows)].map((column, index) => ({
        orient: 'vertical',
        top: HEIGHT - LEGEND_MARGIN - legendRows * LEGEND_ROW_HEIGHT,
        left: 16 + index * (WIDTH / 2),
        itemWidth: 34,
        itemHeight: LEGEND_ROW_HEIGHT - LEGEND_GAP,
        itemGap: LEGEND_GAP,
        textStyle: { ...text, fontSize: 15 },
        data: column.map(({ name }) => name),
      })),
      grid: { left: 76, right: 28, top: 88, bottom: 84 + legendRows * LEGEND_ROW_HEIGHT },
      xAxis: {
        ...axis,
        type: 'category',
        name: x.name,
        nameLocation: 'middle',
        nameGap: 34,
        boundaryGap: false,
        data: x.values.map(String),
      },
      yAxis: { ...axis, type: 'log', axisLabel: { ...text, formatter: y.unit === 'ms' ? msLabel : countLabel } },
      series: lines.map(({ name, values, family, isDashed }, index) => ({
        type: 'line',
        name,
        data: values.map((value) => value ?? null),
        connectNulls: true,
        symbol: forFamily(SYMBOLS, families.indexOf(family)),
        symbolSize: index === 0 ? 10 : 7,
        itemStyle: { color: forFamily(look.colours, families.indexOf(family)) },
        lineStyle: { width: index === 0 ? 5 : 2.5, type: isDashed ? 'dashed' : 'solid' },
        // The first one is what the page is about.
        z: index === 0 ? 3 : 2,
      })),
    })
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** @throws {RangeError} when two would look alike */
function forFamily(looks: readonly string[], index: number): string {
  const look = looks[index]
  if (look === undefined) throw new RangeError(`A chart tells ${looks.length} families of lines apart, not more`)
  return look
}

function countLabel(value: number): string {
  return value >= 1_000 ? `${value / 1_000}k` : String(value)
}

function msLabel(value: number): string {
  if (value >= 1_000) return `${value / 1_000} s`
  return value >= 1 ? `${value} ms` : `${Math.round(value * 1_000)} µs`
}
