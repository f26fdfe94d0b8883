import { MessengerError } from '../../errors.ts'

const LAN_NAME = /^[a-z0-9-]{1,40}$/

/**
 * The mDNS service under which a LAN's members find each other; undefined when nobody is to be found.
 * @throws MessengerError NAME_INVALID
 */
export function lanService(name: string | false): string | undefined {
  if (name === false) return undefined
  if (!LAN_NAME.test(name)) {
    throw new MessengerError('NAME_INVALID', 'the name of a LAN has 1 to 40 characters of a-z, 0-9 and "-"')
  }
  return `_${name}._udp.local`
}
