/** Whether trials run in their long form, by `npm run trial`; the short one is for each run of the tests. */
export const FULL = process.env['BRANCHLINE_TRIAL'] === 'full'
