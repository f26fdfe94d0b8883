import { decodeMessage, encodeMessage, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Opening {
  label: string
  salt: Uint8Array<ArrayBuffer>
  payload: Uint8Array<ArrayBuffer>
}

export namespace Opening {
  let _codec: Codec<Opening>

  export const codec = (): Codec<Opening> => {
    if (_codec == null) {
      _codec = message<Opening>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.label != null && obj.label !== '')) {
          w.uint32(10)
          w.string(obj.label)
        }

        if ((obj.salt != null && obj.salt.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.salt)
        }

        if ((obj.payload != null && obj.payload.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.payload)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          label: '',
          salt: uint8ArrayAlloc(0),
          payload: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.label = reader.string()
              break
            }
            case 2: {
              obj.salt = reader.bytes()
              break
            }
            case 3: {
              obj.payload = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.label`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.salt`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.payload`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface OpeningLabelFieldEvent {
    field: '$.label'
    value: string
  }

  export interface OpeningSaltFieldEvent {
    field: '$.salt'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpeningPayloadFieldEvent {
    field: '$.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Opening>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Opening.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Opening>): Opening {
    return decodeMessage(buf, Opening.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Opening>): Generator<OpeningLabelFieldEvent | OpeningSaltFieldEvent | OpeningPayloadFieldEvent> {
    return streamMessage(buf, Opening.codec(), opts)
  }
}

export interface Checkpoint {
  size: number
  root: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

export namespace Checkpoint {
  let _codec: Codec<Checkpoint>

  export const codec = (): Codec<Checkpoint> => {
    if (_codec == null) {
      _codec = message<Checkpoint>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.size != null && obj.size !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.size)
        }

        if ((obj.root != null && obj.root.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.root)
        }

        if ((obj.signature != null && obj.signature.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.signature)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          size: 0,
          root: uint8ArrayAlloc(0),
          signature: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.size = reader.uint64Number()
              break
            }
            case 2: {
              obj.root = reader.bytes()
              break
            }
            case 3: {
              obj.signature = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.size`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.root`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.signature`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CheckpointSizeFieldEvent {
    field: '$.size'
    value: number
  }

  export interface CheckpointRootFieldEvent {
    field: '$.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface CheckpointSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Checkpoint>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Checkpoint.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Checkpoint>): Checkpoint {
    return decodeMessage(buf, Checkpoint.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Checkpoint>): Generator<CheckpointSizeFieldEvent | CheckpointRootFieldEvent | CheckpointSignatureFieldEvent> {
    return streamMessage(buf, Checkpoint.codec(), opts)
  }
}

export interface Cosignature {
  time: number
  signature: Uint8Array<ArrayBuffer>
}

export namespace Cosignature {
  let _codec: Codec<Cosignature>

  export const codec = (): Codec<Cosignature> => {
    if (_codec == null) {
      _codec = message<Cosignature>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.time != null && obj.time !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.time)
        }

        if ((obj.signature != null && obj.signature.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.signature)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          time: 0,
          signature: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.time = reader.uint64Number()
              break
            }
            case 2: {
              obj.signature = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.time`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.signature`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CosignatureTimeFieldEvent {
    field: '$.time'
    value: number
  }

  export interface CosignatureSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Cosignature>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Cosignature.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cosignature>): Cosignature {
    return decodeMessage(buf, Cosignature.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cosignature>): Generator<CosignatureTimeFieldEvent | CosignatureSignatureFieldEvent> {
    return streamMessage(buf, Cosignature.codec(), opts)
  }
}

export interface Proof {
  checkpoint?: Checkpoint
  inclusion: Uint8Array<ArrayBuffer>
  consistency: Uint8Array<ArrayBuffer>
  shared: number
}

export namespace Proof {
  let _codec: Codec<Proof>

  export const codec = (): Codec<Proof> => {
    if (_codec == null) {
      _codec = message<Proof>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.checkpoint != null) {
          w.uint32(10)
          Checkpoint.codec().encode(obj.checkpoint, w)
        }

        if ((obj.inclusion != null && obj.inclusion.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.inclusion)
        }

        if ((obj.consistency != null && obj.consistency.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.consistency)
        }

        if ((obj.shared != null && obj.shared !== 0)) {
          w.uint32(32)
          w.uint32(obj.shared)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          inclusion: uint8ArrayAlloc(0),
          consistency: uint8ArrayAlloc(0),
          shared: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.checkpoint = Checkpoint.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.checkpoint
              })
              break
            }
            case 2: {
              obj.inclusion = reader.bytes()
              break
            }
            case 3: {
              obj.consistency = reader.bytes()
              break
            }
            case 4: {
              obj.shared = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Checkpoint.codec().stream(reader, reader.uint32(), `${prefix}.checkpoint`, {
                limits: opts.limits?.checkpoint
              })

              break
            }
            case 2: {
              yield {
                field: `${prefix}.inclusion`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.consistency`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.shared`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ProofCheckpointSizeFieldEvent {
    field: '$.checkpoint.size'
    value: number
  }

  export interface ProofCheckpointRootFieldEvent {
    field: '$.checkpoint.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProofCheckpointSignatureFieldEvent {
    field: '$.checkpoint.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProofInclusionFieldEvent {
    field: '$.inclusion'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProofConsistencyFieldEvent {
    field: '$.consistency'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProofSharedFieldEvent {
    field: '$.shared'
    value: number
  }

  export function encode (obj: Partial<Proof>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Proof.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Proof>): Proof {
    return decodeMessage(buf, Proof.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Proof>): Generator<ProofCheckpointSizeFieldEvent | ProofCheckpointRootFieldEvent | ProofCheckpointSignatureFieldEvent | ProofInclusionFieldEvent | ProofConsistencyFieldEvent | ProofSharedFieldEvent> {
    return streamMessage(buf, Proof.codec(), opts)
  }
}

export interface Continuation {
  record: Uint8Array<ArrayBuffer>
  root: Uint8Array<ArrayBuffer>
}

export namespace Continuation {
  let _codec: Codec<Continuation>

  export const codec = (): Codec<Continuation> => {
    if (_codec == null) {
      _codec = message<Continuation>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.record != null && obj.record.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.record)
        }

        if ((obj.root != null && obj.root.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.root)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          record: uint8ArrayAlloc(0),
          root: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.record = reader.bytes()
              break
            }
            case 2: {
              obj.root = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.record`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.root`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ContinuationRecordFieldEvent {
    field: '$.record'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ContinuationRootFieldEvent {
    field: '$.root'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Continuation>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Continuation.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Continuation>): Continuation {
    return decodeMessage(buf, Continuation.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Continuation>): Generator<ContinuationRecordFieldEvent | ContinuationRootFieldEvent> {
    return streamMessage(buf, Continuation.codec(), opts)
  }
}

export interface Hello {
  genesis: Uint8Array<ArrayBuffer>
  held?: Checkpoint
  continuations: Continuation[]
}

export namespace Hello {
  let _codec: Codec<Hello>

  export const codec = (): Codec<Hello> => {
    if (_codec == null) {
      _codec = message<Hello>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.genesis != null && obj.genesis.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.genesis)
        }

        if (obj.held != null) {
          w.uint32(18)
          Checkpoint.codec().encode(obj.held, w)
        }

        if (obj.continuations != null && obj.continuations.length > 0) {
          for (const value of obj.continuations) {
            w.uint32(26)
            Continuation.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          genesis: uint8ArrayAlloc(0),
          continuations: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.genesis = reader.bytes()
              break
            }
            case 2: {
              obj.held = Checkpoint.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.held
              })
              break
            }
            case 3: {
              if (opts.limits?.continuations != null && obj.continuations.length === opts.limits.continuations) {
                throw new MaxLengthError('Decode error - repeated field "continuations" had too many elements')
              }

              obj.continuations.push(Continuation.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.continuations$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          continuations: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.genesis`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield * Checkpoint.codec().stream(reader, reader.uint32(), `${prefix}.held`, {
                limits: opts.limits?.held
              })

              break
            }
            case 3: {
              if (opts.limits?.continuations != null && obj.continuations === opts.limits.continuations) {
                throw new MaxLengthError('Streaming decode error - repeated field "continuations" had too many elements')
              }

              for (const evt of Continuation.codec().stream(reader, reader.uint32(), `${prefix}.continuations[]`, {
                limits: opts.limits?.continuations$
              })) {
                yield {
                  ...evt,
                  index: obj.continuations
                }
              }

              obj.continuations++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HelloGenesisFieldEvent {
    field: '$.genesis'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HelloHeldSizeFieldEvent {
    field: '$.held.size'
    value: number
  }

  export interface HelloHeldRootFieldEvent {
    field: '$.held.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HelloHeldSignatureFieldEvent {
    field: '$.held.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HelloContinuationsRecordFieldEvent {
    field: '$.continuations[].record'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface HelloContinuationsRootFieldEvent {
    field: '$.continuations[].root'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export function encode (obj: Partial<Hello>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Hello.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Hello>): Hello {
    return decodeMessage(buf, Hello.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Hello>): Generator<HelloGenesisFieldEvent | HelloHeldSizeFieldEvent | HelloHeldRootFieldEvent | HelloHeldSignatureFieldEvent | HelloContinuationsRecordFieldEvent | HelloContinuationsRootFieldEvent> {
    return streamMessage(buf, Hello.codec(), opts)
  }
}

export interface Message {
  record: Uint8Array<ArrayBuffer>
  openings: Opening[]
  proof?: Proof
}

export namespace Message {
  let _codec: Codec<Message>

  export const codec = (): Codec<Message> => {
    if (_codec == null) {
      _codec = message<Message>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.record != null && obj.record.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.record)
        }

        if (obj.openings != null && obj.openings.length > 0) {
          for (const value of obj.openings) {
            w.uint32(18)
            Opening.codec().encode(value, w)
          }
        }

        if (obj.proof != null) {
          w.uint32(26)
          Proof.codec().encode(obj.proof, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          record: uint8ArrayAlloc(0),
          openings: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.record = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.openings != null && obj.openings.length === opts.limits.openings) {
                throw new MaxLengthError('Decode error - repeated field "openings" had too many elements')
              }

              obj.openings.push(Opening.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.openings$
              }))
              break
            }
            case 3: {
              obj.proof = Proof.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.proof
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          openings: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.record`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.openings != null && obj.openings === opts.limits.openings) {
                throw new MaxLengthError('Streaming decode error - repeated field "openings" had too many elements')
              }

              for (const evt of Opening.codec().stream(reader, reader.uint32(), `${prefix}.openings[]`, {
                limits: opts.limits?.openings$
              })) {
                yield {
                  ...evt,
                  index: obj.openings
                }
              }

              obj.openings++

              break
            }
            case 3: {
              yield * Proof.codec().stream(reader, reader.uint32(), `${prefix}.proof`, {
                limits: opts.limits?.proof
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface MessageRecordFieldEvent {
    field: '$.record'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MessageOpeningsLabelFieldEvent {
    field: '$.openings[].label'
    value: string
    index: number
  }

  export interface MessageOpeningsSaltFieldEvent {
    field: '$.openings[].salt'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface MessageOpeningsPayloadFieldEvent {
    field: '$.openings[].payload'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface MessageProofCheckpointSizeFieldEvent {
    field: '$.proof.checkpoint.size'
    value: number
  }

  export interface MessageProofCheckpointRootFieldEvent {
    field: '$.proof.checkpoint.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MessageProofCheckpointSignatureFieldEvent {
    field: '$.proof.checkpoint.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MessageProofInclusionFieldEvent {
    field: '$.proof.inclusion'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MessageProofConsistencyFieldEvent {
    field: '$.proof.consistency'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MessageProofSharedFieldEvent {
    field: '$.proof.shared'
    value: number
  }

  export function encode (obj: Partial<Message>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Message.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Message>): Message {
    return decodeMessage(buf, Message.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Message>): Generator<MessageRecordFieldEvent | MessageOpeningsLabelFieldEvent | MessageOpeningsSaltFieldEvent | MessageOpeningsPayloadFieldEvent | MessageProofCheckpointSizeFieldEvent | MessageProofCheckpointRootFieldEvent | MessageProofCheckpointSignatureFieldEvent | MessageProofInclusionFieldEvent | MessageProofConsistencyFieldEvent | MessageProofSharedFieldEvent> {
    return streamMessage(buf, Message.codec(), opts)
  }
}

export interface Receipt {
  record: Uint8Array<ArrayBuffer>
  proof?: Proof
  cosignature?: Cosignature
}

export namespace Receipt {
  let _codec: Codec<Receipt>

  export const codec = (): Codec<Receipt> => {
    if (_codec == null) {
      _codec = message<Receipt>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.record != null && obj.record.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.record)
        }

        if (obj.proof != null) {
          w.uint32(18)
          Proof.codec().encode(obj.proof, w)
        }

        if (obj.cosignature != null) {
          w.uint32(26)
          Cosignature.codec().encode(obj.cosignature, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          record: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.record = reader.bytes()
              break
            }
            case 2: {
              obj.proof = Proof.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.proof
              })
              break
            }
            case 3: {
              obj.cosignature = Cosignature.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.cosignature
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.record`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield * Proof.codec().stream(reader, reader.uint32(), `${prefix}.proof`, {
                limits: opts.limits?.proof
              })

              break
            }
            case 3: {
              yield * Cosignature.codec().stream(reader, reader.uint32(), `${prefix}.cosignature`, {
                limits: opts.limits?.cosignature
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ReceiptRecordFieldEvent {
    field: '$.record'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptProofCheckpointSizeFieldEvent {
    field: '$.proof.checkpoint.size'
    value: number
  }

  export interface ReceiptProofCheckpointRootFieldEvent {
    field: '$.proof.checkpoint.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptProofCheckpointSignatureFieldEvent {
    field: '$.proof.checkpoint.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptProofInclusionFieldEvent {
    field: '$.proof.inclusion'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptProofConsistencyFieldEvent {
    field: '$.proof.consistency'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptProofSharedFieldEvent {
    field: '$.proof.shared'
    value: number
  }

  export interface ReceiptCosignatureTimeFieldEvent {
    field: '$.cosignature.time'
    value: number
  }

  export interface ReceiptCosignatureSignatureFieldEvent {
    field: '$.cosignature.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Receipt>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Receipt.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Receipt>): Receipt {
    return decodeMessage(buf, Receipt.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Receipt>): Generator<ReceiptRecordFieldEvent | ReceiptProofCheckpointSizeFieldEvent | ReceiptProofCheckpointRootFieldEvent | ReceiptProofCheckpointSignatureFieldEvent | ReceiptProofInclusionFieldEvent | ReceiptProofConsistencyFieldEvent | ReceiptProofSharedFieldEvent | ReceiptCosignatureTimeFieldEvent | ReceiptCosignatureSignatureFieldEvent> {
    return streamMessage(buf, Receipt.codec(), opts)
  }
}

export interface Refusal {
  message: Uint8Array<ArrayBuffer>
  code: string
  reason: string
}

export namespace Refusal {
  let _codec: Codec<Refusal>

  export const codec = (): Codec<Refusal> => {
    if (_codec == null) {
      _codec = message<Refusal>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.message != null && obj.message.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.message)
        }

        if ((obj.code != null && obj.code !== '')) {
          w.uint32(18)
          w.string(obj.code)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(26)
          w.string(obj.reason)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          message: uint8ArrayAlloc(0),
          code: '',
          reason: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.message = reader.bytes()
              break
            }
            case 2: {
              obj.code = reader.string()
              break
            }
            case 3: {
              obj.reason = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.message`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.code`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.reason`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RefusalMessageFieldEvent {
    field: '$.message'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RefusalCodeFieldEvent {
    field: '$.code'
    value: string
  }

  export interface RefusalReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export function encode (obj: Partial<Refusal>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Refusal.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Refusal>): Refusal {
    return decodeMessage(buf, Refusal.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Refusal>): Generator<RefusalMessageFieldEvent | RefusalCodeFieldEvent | RefusalReasonFieldEvent> {
    return streamMessage(buf, Refusal.codec(), opts)
  }
}

export interface Frame {
  message?: Message
  receipt?: Receipt
  refusal?: Refusal
  hello?: Hello
}

export namespace Frame {
  let _codec: Codec<Frame>

  export const codec = (): Codec<Frame> => {
    if (_codec == null) {
      _codec = message<Frame>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.hello != null) {
          obj.refusal = undefined
          obj.receipt = undefined
          obj.message = undefined
        }

        if (obj.refusal != null) {
          obj.hello = undefined
          obj.receipt = undefined
          obj.message = undefined
        }

        if (obj.receipt != null) {
          obj.hello = undefined
          obj.refusal = undefined
          obj.message = undefined
        }

        if (obj.message != null) {
          obj.hello = undefined
          obj.refusal = undefined
          obj.receipt = undefined
        }

        if (obj.message != null) {
          w.uint32(10)
          Message.codec().encode(obj.message, w)
        }

        if (obj.receipt != null) {
          w.uint32(18)
          Receipt.codec().encode(obj.receipt, w)
        }

        if (obj.refusal != null) {
          w.uint32(26)
          Refusal.codec().encode(obj.refusal, w)
        }

        if (obj.hello != null) {
          w.uint32(34)
          Hello.codec().encode(obj.hello, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.message = Message.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.message
              })
              break
            }
            case 2: {
              obj.receipt = Receipt.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.receipt
              })
              break
            }
            case 3: {
              obj.refusal = Refusal.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.refusal
              })
              break
            }
            case 4: {
              obj.hello = Hello.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.hello
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.hello != null) {
          delete obj.refusal
          delete obj.receipt
          delete obj.message
        }

        if (obj.refusal != null) {
          delete obj.hello
          delete obj.receipt
          delete obj.message
        }

        if (obj.receipt != null) {
          delete obj.hello
          delete obj.refusal
          delete obj.message
        }

        if (obj.message != null) {
          delete obj.hello
          delete obj.refusal
          delete obj.receipt
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Message.codec().stream(reader, reader.uint32(), `${prefix}.message`, {
                limits: opts.limits?.message
              })

              break
            }
            case 2: {
              yield * Receipt.codec().stream(reader, reader.uint32(), `${prefix}.receipt`, {
                limits: opts.limits?.receipt
              })

              break
            }
            case 3: {
              yield * Refusal.codec().stream(reader, reader.uint32(), `${prefix}.refusal`, {
                limits: opts.limits?.refusal
              })

              break
            }
            case 4: {
              yield * Hello.codec().stream(reader, reader.uint32(), `${prefix}.hello`, {
                limits: opts.limits?.hello
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FrameMessageRecordFieldEvent {
    field: '$.message.record'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameMessageOpeningsLabelFieldEvent {
    field: '$.message.openings[].label'
    value: string
    index: number
  }

  export interface FrameMessageOpeningsSaltFieldEvent {
    field: '$.message.openings[].salt'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface FrameMessageOpeningsPayloadFieldEvent {
    field: '$.message.openings[].payload'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface FrameMessageProofCheckpointSizeFieldEvent {
    field: '$.message.proof.checkpoint.size'
    value: number
  }

  export interface FrameMessageProofCheckpointRootFieldEvent {
    field: '$.message.proof.checkpoint.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameMessageProofCheckpointSignatureFieldEvent {
    field: '$.message.proof.checkpoint.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameMessageProofInclusionFieldEvent {
    field: '$.message.proof.inclusion'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameMessageProofConsistencyFieldEvent {
    field: '$.message.proof.consistency'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameMessageProofSharedFieldEvent {
    field: '$.message.proof.shared'
    value: number
  }

  export interface FrameReceiptRecordFieldEvent {
    field: '$.receipt.record'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameReceiptProofCheckpointSizeFieldEvent {
    field: '$.receipt.proof.checkpoint.size'
    value: number
  }

  export interface FrameReceiptProofCheckpointRootFieldEvent {
    field: '$.receipt.proof.checkpoint.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameReceiptProofCheckpointSignatureFieldEvent {
    field: '$.receipt.proof.checkpoint.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameReceiptProofInclusionFieldEvent {
    field: '$.receipt.proof.inclusion'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameReceiptProofConsistencyFieldEvent {
    field: '$.receipt.proof.consistency'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameReceiptProofSharedFieldEvent {
    field: '$.receipt.proof.shared'
    value: number
  }

  export interface FrameReceiptCosignatureTimeFieldEvent {
    field: '$.receipt.cosignature.time'
    value: number
  }

  export interface FrameReceiptCosignatureSignatureFieldEvent {
    field: '$.receipt.cosignature.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameRefusalMessageFieldEvent {
    field: '$.refusal.message'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameRefusalCodeFieldEvent {
    field: '$.refusal.code'
    value: string
  }

  export interface FrameRefusalReasonFieldEvent {
    field: '$.refusal.reason'
    value: string
  }

  export interface FrameHelloGenesisFieldEvent {
    field: '$.hello.genesis'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameHelloHeldSizeFieldEvent {
    field: '$.hello.held.size'
    value: number
  }

  export interface FrameHelloHeldRootFieldEvent {
    field: '$.hello.held.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameHelloHeldSignatureFieldEvent {
    field: '$.hello.held.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FrameHelloContinuationsRecordFieldEvent {
    field: '$.hello.continuations[].record'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface FrameHelloContinuationsRootFieldEvent {
    field: '$.hello.continuations[].root'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export function encode (obj: Partial<Frame>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Frame.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Frame>): Frame {
    return decodeMessage(buf, Frame.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Frame>): Generator<FrameMessageRecordFieldEvent | FrameMessageOpeningsLabelFieldEvent | FrameMessageOpeningsSaltFieldEvent | FrameMessageOpeningsPayloadFieldEvent | FrameMessageProofCheckpointSizeFieldEvent | FrameMessageProofCheckpointRootFieldEvent | FrameMessageProofCheckpointSignatureFieldEvent | FrameMessageProofInclusionFieldEvent | FrameMessageProofConsistencyFieldEvent | FrameMessageProofSharedFieldEvent | FrameReceiptRecordFieldEvent | FrameReceiptProofCheckpointSizeFieldEvent | FrameReceiptProofCheckpointRootFieldEvent | FrameReceiptProofCheckpointSignatureFieldEvent | FrameReceiptProofInclusionFieldEvent | FrameReceiptProofConsistencyFieldEvent | FrameReceiptProofSharedFieldEvent | FrameReceiptCosignatureTimeFieldEvent | FrameReceiptCosignatureSignatureFieldEvent | FrameRefusalMessageFieldEvent | FrameRefusalCodeFieldEvent | FrameRefusalReasonFieldEvent | FrameHelloGenesisFieldEvent | FrameHelloHeldSizeFieldEvent | FrameHelloHeldRootFieldEvent | FrameHelloHeldSignatureFieldEvent | FrameHelloContinuationsRecordFieldEvent | FrameHelloContinuationsRootFieldEvent> {
    return streamMessage(buf, Frame.codec(), opts)
  }
}
