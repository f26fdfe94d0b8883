import type { StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { Bucket } from '../bucket.ts'
import { MessengerError } from '../errors.ts'
import { MAX_STREAMS_OF_CONNECTION, STREAMS_OF_CONNECTION } from '../limits.ts'

/**
 * yamux that ends a connection on which more streams are opened than anybody needs: each costs a negotiation, and yamux
 * itself bounds only how many are open at a time.
 */
export function calmMuxer(): () => StreamMuxerFactory {
  const newFactory = yamux({ maxInboundStreams: MAX_STREAMS_OF_CONNECTION })
  return () => {
    const factory = newFactory()
    return {
      protocol: factory.protocol,
      createStreamMuxer: (connection) => {
        const muxer = factory.createStreamMuxer(connection)
        const bucket = new Bucket(STREAMS_OF_CONNECTION)
        const take = muxer.onRemoteStream.bind(muxer)
        // An event would not do: whoever listens first is given the streams that came too early for all others.
        muxer.onRemoteStream = (stream) => {
          if (bucket.take()) return take(stream)
          take(stream)
          connection.abort(new MessengerError('PEER_FLOODS', 'a peer opens streams faster than anybody needs to'))
        }
        return muxer
      },
    }
  }
}
