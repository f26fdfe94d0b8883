import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { About, Said } from '@branchline/core'
import { isBlank, nextWord } from '../next-word.ts'
import { addressed, numbered, type Talk, textOf, usage, type Verb, type Verbs } from '../verb.ts'

type FileSaid = Said & { readonly about: Extract<About, { type: 'file' }> }

/** `/file PATH`, `/file "two words.pdf" to #reference` */
const file: Verb = async (talk, line) => {
  const first = nextWord(line)
  if (first === undefined) throw usage('say /file PATH to @name, or /file "PATH WITH SPACES" to #room')
  const place = isBlank(first.rest) ? talk.place() : await afterTo(talk, first.rest)
  const path = resolve(first.word.replace(/^~(?=[/\\])/, homedir()))
  const { messenger } = talk.session
  const about = {
    type: 'file',
    name: path.split(/[/\\]/).at(-1) as string,
    size: (await sizeOf(path)) ?? 0,
    sha256: '',
  } as const
  await talk.posts.track(place, about, '', () => messenger.offer(place.where, path, place.options))
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}

async function afterTo(talk: Talk, rest: Uint8Array) {
  const { word, rest: address } = nextWord(rest) as { word: string; rest: Uint8Array }
  if (word !== 'to') throw usage('after the path comes "to" and a name or a room; put a path with spaces in quotes')
  const { place, rest: more } = await addressed(talk, withSign(address))
  if (!isBlank(more)) throw usage('after the name or the room nothing more can be said')
  return place
}

/** `to bea` is `to @bea`. */
function withSign(address: Uint8Array): Uint8Array {
  const text = textOf(address)
  return Buffer.from(/^[@#+]/.test(text) ? text : `@${text}`)
}

/** `/accept N`, `/accept N FOLDER` */
const accept: Verb = async (talk, line) => {
  const { said, rest } = await offered(talk, line, 'say /accept N, or /accept N FOLDER')
  const asked = nextWord(rest)?.word
  const folder = asked === undefined ? talk.paths.received : resolve(asked.replace(/^~(?=[/\\])/, homedir()))
  if (asked !== undefined && (await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw usage(`${folder} is no folder; nothing was accepted`)
  }
  talk.arrivals.put(said.id, folder)
  await talk.session.messenger.accept(said.id)
  const { name, size } = said.about
  const from = talk.places.people.who(said.from)
  talk.view({ event: 'file-accepted', n: talk.numbers.of(said.id), id: said.id, name, size, from, folder })
}

const decline: Verb = async (talk, line) => {
  const { said } = await offered(talk, line, 'say /decline N')
  await talk.session.messenger.decline(said.id)
  const { name } = talk.places.people.who(said.from)
  talk.view({ event: 'notice', text: `[${talk.numbers.of(said.id)}] is declined; ${name} is told so.` })
}

const withdraw: Verb = async (talk, line) => {
  const { said } = await offered(talk, line, 'say /withdraw N')
  await talk.session.messenger.withdraw(said.id)
  talk.view({ event: 'notice', text: `[${talk.numbers.of(said.id)}] is offered no more.` })
}

async function offered(talk: Talk, line: Uint8Array, how: string): Promise<{ said: FileSaid; rest: Uint8Array }> {
  const { said, rest } = await numbered(talk, line, how)
  if (said.about.type !== 'file') throw usage(`that is no file; ${how}, with the number of the offer`)
  return { said: said as FileSaid, rest }
}

export const fileVerbs: Verbs = { file, accept, decline, withdraw }
