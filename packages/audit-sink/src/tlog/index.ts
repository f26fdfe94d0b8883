export {
  type Checkpoint,
  checkpointText,
  cosignatureBytes,
  cosignatureTime,
  cosignedText,
  formatCheckpoint,
  isSignedBy,
  parseCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts'
export { type Evidence, formatEvidence, parseEvidence, provesEquivocation } from './evidence.ts'
export {
  COSIGNATURE_KEY,
  formatNote,
  formatVerifierKey,
  keyIdOf,
  NOTE_KEY,
  type Note,
  type NoteSignature,
  parseNote,
  parseVerifierKey,
  type VerifierKey,
  verifySignatures,
  witnessKeyOf,
} from './note.ts'
export {
  formatInclusionFile,
  type InclusionFile,
  parseInclusionFile,
  verifyInclusionFile,
} from './proof-file.ts'
export { InclusionCheck, InclusionProver } from './neighbours.ts'
export {
  consistencyProof,
  earlierRoot,
  earlierRootProof,
  inclusionProof,
  MAX_PATH_HASHES,
  verifyConsistency,
  verifyInclusion,
} from './proofs.ts'
export { EMPTY_ROOT, TreeEdge, type TreeNodes } from './tree.ts'
export { type CompleteTile, TiledTree } from './tiled-tree.ts'
