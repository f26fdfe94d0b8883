import { decodeMessage, encodeMessage, MaxLengthError, message, streamMessage } from 'protons-runtime'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Places {
  here: string[]
  gone: string[]
}

export namespace Places {
  let _codec: Codec<Places>

  export const codec = (): Codec<Places> => {
    if (_codec == null) {
      _codec = message<Places>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.here != null && obj.here.length > 0) {
          for (const value of obj.here) {
            w.uint32(10)
            w.string(value)
          }
        }

        if (obj.gone != null && obj.gone.length > 0) {
          for (const value of obj.gone) {
            w.uint32(18)
            w.string(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          here: [],
          gone: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.here != null && obj.here.length === opts.limits.here) {
                throw new MaxLengthError('Decode error - repeated field "here" had too many elements')
              }

              obj.here.push(reader.string())
              break
            }
            case 2: {
              if (opts.limits?.gone != null && obj.gone.length === opts.limits.gone) {
                throw new MaxLengthError('Decode error - repeated field "gone" had too many elements')
              }

              obj.gone.push(reader.string())
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
          here: 0,
          gone: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.here != null && obj.here === opts.limits.here) {
                throw new MaxLengthError('Streaming decode error - repeated field "here" had too many elements')
              }

              yield {
                field: `${prefix}.here[]`,
                index: obj.here,
                value: reader.string()
              }

              obj.here++

              break
            }
            case 2: {
              if (opts.limits?.gone != null && obj.gone === opts.limits.gone) {
                throw new MaxLengthError('Streaming decode error - repeated field "gone" had too many elements')
              }

              yield {
                field: `${prefix}.gone[]`,
                index: obj.gone,
                value: reader.string()
              }

              obj.gone++

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

  export interface PlacesHereFieldEvent {
    field: '$.here[]'
    index: number
    value: string
  }

  export interface PlacesGoneFieldEvent {
    field: '$.gone[]'
    index: number
    value: string
  }

  export function encode (obj: Partial<Places>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Places.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Places>): Places {
    return decodeMessage(buf, Places.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Places>): Generator<PlacesHereFieldEvent | PlacesGoneFieldEvent> {
    return streamMessage(buf, Places.codec(), opts)
  }
}
