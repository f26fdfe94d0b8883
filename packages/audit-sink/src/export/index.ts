export { type ExportOptions, exportLog, type ExportReport } from './export-log.ts'
export { type TilesSource, tilesSource } from './tiles-source.ts'
