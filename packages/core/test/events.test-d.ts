import { describe, expectTypeOf, test } from 'vitest'
import type { AlertEvent, Colleague, HostedMessenger, Outcome, ReceivedMessage, Recorded } from '../src/index.ts'

declare const messenger: HostedMessenger
declare const signal: AbortSignal

describe('a loop over events', () => {
  test('knows what each type tells', async () => {
    for await (const event of messenger.events(['message', 'outcome', 'colleague:here'], { signal })) {
      expectTypeOf(event.type).toEqualTypeOf<'message' | 'outcome' | 'colleague:here'>()
      if (event.type === 'message') expectTypeOf(event.detail).toEqualTypeOf<Recorded<ReceivedMessage>>()
      if (event.type === 'outcome') expectTypeOf(event.detail).toEqualTypeOf<Outcome>()
      if (event.type === 'colleague:here') expectTypeOf(event.detail).toEqualTypeOf<Colleague>()
    }
  })

  test('of one type needs no look at it', async () => {
    for await (const { detail } of messenger.events(['alert'])) expectTypeOf(detail).toEqualTypeOf<AlertEvent>()
  })

  test('takes no type that there is not', () => {
    // @ts-expect-error -- no such event
    messenger.events(['messages'])
    // @ts-expect-error -- a list, so that it can grow
    messenger.events('message')
  })
})

test('a listener knows what it is told, too', () => {
  messenger.addEventListener('outcome', ({ detail }) => expectTypeOf(detail).toEqualTypeOf<Outcome>())
  // @ts-expect-error -- no such event
  messenger.addEventListener('outcomes', () => undefined)
})

test('all that takes time can be aborted', () => {
  const options = { signal }
  expectTypeOf(messenger.send).toBeCallableWith('peer', 'text', options)
  expectTypeOf(messenger.post).toBeCallableWith('peer', 'text', options)
  expectTypeOf(messenger.mark).toBeCallableWith([], 'read', options)
  expectTypeOf(messenger.offer).toBeCallableWith('peer', 'path', options)
  expectTypeOf(messenger.accept).toBeCallableWith('id', options)
  expectTypeOf(messenger.decline).toBeCallableWith('id', options)
  expectTypeOf(messenger.withdraw).toBeCallableWith('id', options)
  expectTypeOf(messenger.takeRoster).toBeCallableWith(new Uint8Array(), options)
  void messenger.probe([], options)
  messenger.events(['message'], options)
})
