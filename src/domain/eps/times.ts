/** FHIR dates and instants as milliseconds; a date without a time begins at midnight UTC, as does one without a zone. */

const FORM = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

export function millisecondsOf(text: string): number | undefined {
  if (!FORM.test(text)) return undefined;
  const zoned = !text.includes('T') || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = Date.parse(zoned ? text : `${text}Z`);
  return Number.isNaN(at) ? undefined : at;
}
