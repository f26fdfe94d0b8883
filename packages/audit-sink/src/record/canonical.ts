import type { AuditRecord, Detail, PayloadCommitment } from './record.ts'

/**
 * The canonical JSON text (RFC 8785) of a record that `assertRecord` has passed: its names are in order here, its
 * integers print as JSON wants them, and only `conversation`, `reason`, `detail` and `seen` can need escapes.
 */
export function canonicalText(r: AuditRecord): string {
  return (
    `{"actor":"${r.actor}","boot":"${r.boot}"` +
    (r.conversation === undefined ? '' : `,"conversation":${JSON.stringify(r.conversation)}`) +
    (r.detail === undefined ? '' : `,"detail":${detailText(r.detail)}`) +
    `,"kind":"${r.kind}"` +
    (r.message === undefined ? '' : `,"message":"${r.message}"`) +
    `,"mono":${r.mono}` +
    (r.payloads === undefined ? '' : `,"payloads":[${r.payloads.map(payloadText).join()}]`) +
    (r.peers === undefined ? '' : `,"peers":[${r.peers.map(quoted).join()}]`) +
    `,"prev":"${r.prev}"` +
    (r.reason === undefined ? '' : `,"reason":${JSON.stringify(r.reason)}`) +
    (r.ref === undefined ? '' : `,"ref":${r.ref}`) +
    (r.seen === undefined ? '' : `,"seen":${JSON.stringify(r.seen)}`) +
    `,"seq":${r.seq},"time":${r.time},"v":1}`
  )
}

const quoted = (plain: string): string => `"${plain}"`
const payloadText = ([label, length, commitment]: PayloadCommitment): string => `["${label}",${length},"${commitment}"]`

function detailText(detail: Detail): string {
  const names = Object.keys(detail)
  const sorted = names.length < 2 ? names : names.toSorted()
  return `{${sorted.map((name) => `"${name}":${JSON.stringify(detail[name])}`).join()}}`
}
