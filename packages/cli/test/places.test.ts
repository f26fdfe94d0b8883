import { describe, expect, test } from 'vitest'
import { complete } from '../src/chat/completing.ts'
import { Past } from '../src/chat/past.ts'
import { Places } from '../src/chat/places.ts'
import { type Name, type Place, peerOf, standpoint } from './standpoint.ts'

const DESK = 'Reference @ Northside'

async function places(staff: Partial<Record<Name, Place>> = {}, here: readonly Name[] = []): Promise<Places> {
  const point = await standpoint(staff, here)
  const unread = (): never => {
    throw new Error('the log need not be read for that')
  }
  return new Places(point, new Past({ sink: { read: unread, head: unread, origin: '' }, self: peerOf('Ann') }))
}

const at = (name: string) => ({ sign: '@', name }) as const

describe('whom a line is for', () => {
  test('does not depend on who is there just now', async () => {
    const find = async (name: string, here: readonly Name[]) => (await places({}, here)).find(at(name))
    expect(await find('bea', [])).toMatchObject({ where: peerOf('Bea'), label: 'Bea' })
    await expect(find('be', ['Bea'])).rejects.toMatchObject({ code: 'PEER_AMBIGUOUS' })
    await expect(find('be', ['Bea Long'])).rejects.toMatchObject({ code: 'PEER_AMBIGUOUS' })
  })

  test('is a desk by its name or the beginning of it, and whoever staffs it answers for it', async () => {
    const asked = await (await places({ Bea: { desks: [DESK] } })).find(at('reference'))
    expect(asked).toEqual({ where: `@${DESK}`, options: { also: [] }, label: `@${DESK}` })
    const staffed = await (await places({ Ann: { desks: [DESK] } })).find(at(DESK.toUpperCase()))
    expect(staffed.options).toEqual({ also: [], as: DESK })
  })

  test('is refused where a desk and somebody may be meant, unless it is the whole name of one', async () => {
    const both = await places({ Cy: { desks: ['Cycling'] } })
    expect(await both.find(at('cy'))).toMatchObject({ where: peerOf('Cy') })
    expect(await both.find(at('cycl'))).toMatchObject({ where: '@Cycling' })
    await expect(both.find(at('c'))).rejects.toMatchObject({ code: 'PEER_AMBIGUOUS' })
  })

  test('is a room that one is in, and no other', async () => {
    const found = await places({ Ann: { rooms: ['Story time'] }, Bea: { rooms: ['board'] } })
    expect(await found.find({ sign: '#', name: 'story' })).toMatchObject({ where: '#Story time' })
    expect(await found.find({ sign: '#', name: 'all-staff' })).toMatchObject({ where: '#all-staff' })
    await expect(found.find({ sign: '#', name: 'board' })).rejects.toMatchObject({ code: 'CONVERSATION_UNKNOWN' })
  })

  test('of an answer is everybody who had the message', async () => {
    const found = await places({ Ann: { desks: [DESK] }, Bea: { desks: [DESK] } })
    const [ann, bea, cy] = (['Ann', 'Bea', 'Cy'] as const).map(peerOf) as [string, string, string]
    const said = { from: cy, as: undefined }
    expect(found.of({ ...said, to: [ann], conversation: undefined })).toMatchObject({ where: cy, label: 'Cy' })
    expect(found.of({ ...said, to: [ann], conversation: cy })).toMatchObject({ where: cy })
    expect(found.of({ from: ann, as: undefined, to: [cy], conversation: cy })).toMatchObject({ where: cy })
    expect(found.of({ ...said, to: [ann, bea], conversation: `@${DESK}` })).toEqual({
      where: `@${DESK}`,
      options: { also: [cy, bea], as: DESK },
      label: `@${DESK} (Cy)`,
    })
    const group = `+${'a'.repeat(32)}`
    expect(found.of({ ...said, to: [ann, bea], conversation: group }).where).toEqual({
      conversation: group,
      peers: [cy, bea],
    })
  })
})

describe('the Tab key', () => {
  test.each([
    ['/pul', ['/pull ', '/pulled ']],
    ['@b', ['@Bea ', '@"Bea Long" ']],
    ['@"bea l', ['@"Bea Long" ']],
    ['/to @ref', [`@"${DESK}" `]],
    ['/urgent #sto', ['#"Story time" ']],
    ['#', ['#"Story time" ', '#all-staff ']],
    ['good morning', []],
    ['mail@b', []],
  ])('after %j finds %j', async (line, expected) => {
    const found = await places({ Ann: { rooms: ['Story time'] }, Bea: { desks: [DESK] } })
    expect(complete({ places: found }, line)[0]).toEqual(expected)
  })
})
