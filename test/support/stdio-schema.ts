import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

const FILE = resolve(import.meta.dirname, '..', '..', 'spec/stdio.schema.json')
export const SCHEMA = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly $id: string
  readonly $defs: Readonly<Record<string, unknown>> & {
    readonly results: { readonly properties: Readonly<Record<string, unknown>> }
  }
}

const ajv = new Ajv2020({ strict: true, allErrors: true })
ajv.addSchema(SCHEMA)
const validators = new Map<string, ValidateFunction>()

/** @throws when the value is not as `spec/stdio.schema.json` has it there */
export function assertFits(value: unknown, place: 'request' | 'line' | `results/properties/${string}`): void {
  const validate = validators.get(place) ?? ajv.getSchema(`${SCHEMA.$id}#/$defs/${place}`)
  if (validate === undefined) throw new Error(`the schema has no ${place}`)
  validators.set(place, validate)
  if (!validate(value)) {
    throw new Error(`${JSON.stringify(value)} is no ${place}: ${ajv.errorsText(validate.errors)}`)
  }
}
