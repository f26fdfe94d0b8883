import type { Spread } from './measure.ts'
import { type Goal, type Row, verdictOf } from './row.ts'

const HEADINGS = ['what', 'ours', 'rival', 'ratio', 'must', 'want', 'verdict']

/** A plain table; under `what` stands the rival. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.flatMap((row) => [cellsOf(row), [`  against ${row.rival}`]])
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => line[column]?.length ?? 0)),
  )
  const rule = widths.map((width) => '-'.repeat(width))
  const lines = [HEADINGS, rule, ...cells]
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cellsOf(row: Row): string[] {
  const { what, unit, measured, goal } = row
  return [
    what,
    `${spreadText(measured.ours)} ${unit}`,
    `${spreadText(measured.rival)} ${unit}`,
    spreadText(measured.ratio),
    boundText(goal, goal.must),
    boundText(goal, goal.want),
    verdictOf(row),
  ]
}

const spreadText = ({ median, min, max }: Spread): string => `${figure(median)} [${figure(min)}..${figure(max)}]`

function boundText({ better }: Goal, bound: number | undefined): string {
  return bound === undefined ? '' : `${better === 'more' ? '>=' : '<='} ${bound}`
}

/** Three digits that count; k for thousands. */
function figure(value: number): string {
  if (value >= 10_000) return `${(value / 1_000).toPrecision(3)} k`.replace(/^(\d+)\.0* k/, '$1 k')
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
