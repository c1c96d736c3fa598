/** Holds every answer against the pack's OpenAPI schemas, when the validator is installed. */
import { at, isObject, textAt } from './json.ts';
import type { WireAnswer } from './wire-client.ts';

interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;
}

interface Compiler {
  compile(schema: unknown): Validator;
}

export interface SchemaCheck {
  /** A string for each thing wrong; null where the document has no schema for such an answer. */
  (method: string, path: string, answer: WireAnswer): readonly string[] | null;
}

/** ajv is no dependency of the product: without it answers are still compared, only not held against schemas. */
const VALIDATOR: string = 'ajv';

/** Where the published schema is narrower than the published behaviour: such answers are right. */
export const SCHEMA_EXCEPTIONS: readonly (readonly [RegExp, string])[] = [
  [/meta\/security\/0\/display: must be equal to one/, 'the schema does not list the label "very restricted"'],
  [/deceasedDateTime: must match pattern/, 'old records hold partial dates, which are returned as stored'],
];

/** Null when the validator is not installed. */
export async function schemaCheck(openapi: unknown): Promise<SchemaCheck | null> {
  let compiler: Compiler;
  try {
    const { Ajv } = (await import(VALIDATOR)) as { Ajv: new (options: object) => Compiler };
    compiler = new Ajv({ strict: false, validateFormats: false, logger: false });
  } catch {
    return null;
  }
  const compiled = new Map<string, Validator>();
  return (method, path, answer) => {
    const name = schemaName(openapi, [templateOf(path), method.toLowerCase()], answer);
    if (name === null) return null;
    const validate = compiled.get(name) ?? compiler.compile(withComponents(openapi, name));
    compiled.set(name, validate);
    if (validate(answer.body)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath}: ${message ?? 'wrong'}`);
  };
}

const withComponents = (openapi: unknown, name: string): unknown => ({
  $ref: `#/components/schemas/${name}`,
  components: at(openapi, 'components'),
});

const templateOf = (path: string): string => path.replace(/\?.*$/, '').replace(/^\/Patient\/\d+/, '/Patient/{id}');

function schemaName(
  openapi: unknown,
  [path, method]: readonly [string, string],
  { status, body }: WireAnswer,
): string | null {
  const operations = at(openapi, 'paths');
  const operation = isObject(operations) && isObject(operations[path]) ? operations[path][method] : undefined;
  const responses = isObject(operation) ? operation['responses'] : undefined;
  if (!isObject(responses)) return null;
  if (textAt(body, 'resourceType') === 'OperationOutcome') return 'OperationOutcome';
  const response = responses[String(status)] ?? responses[`${String(status)[0]}XX`];
  const content = isObject(response) ? response['content'] : undefined;
  const media = isObject(content) ? content['application/fhir+json'] : undefined;
  const name = textAt(media, 'schema/$ref').split('/').at(-1) ?? '';
  return name === '' ? null : name;
}
