export { DOCTOR_CODES, type DoctorCheck, type DoctorCode, type DoctorVerdict } from './codes.ts'
export { type DoctorInit, examine, type ProbeOptions } from './examine.ts'
export type { ProbeFacts, ProbeOutcome, ProbeTarget } from './facts.ts'
export { type Finding, finding, inOrder, type Measured, verdictOf } from './finding.ts'
