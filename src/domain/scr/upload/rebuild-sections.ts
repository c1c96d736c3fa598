/**
 * The narrative of a summary is one document: every section's heading, then its content. Served sections are cut out of
 * that document again, so a heading of the second level within a section begins a section of its own.
 */
import type { CompositionSection } from 'fhir/r4';
import { parseXhtml, serializeXhtml, textContent, withoutBlanks } from '../../../fhir/xhtml.ts';
import type { XhtmlNode } from '../../../fhir/xhtml.ts';
import { firstCoding } from './upload-bundle.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: XhtmlNode[];
}

/** A string is what is wrong with the narrative. */
export function rebuildSections(sent: readonly CompositionSection[]): readonly Section[] | string {
  const sections: Section[] = [];
  for (const { code, text, title = '' } of sent) {
    if (text?.div === undefined) return 'Composition.section.text.div element is missing';
    const div = parseXhtml(text.div);
    if (typeof div === 'string') return div;
    let current: Section = { id: firstCoding(code)?.code ?? '', title, content: [] };
    sections.push(current);
    for (const node of withoutBlanks(div.children)) {
      if (typeof node === 'string' || node.name !== 'h2') current.content.push(node);
      else {
        const id = node.attributes.find(([name]) => name === 'id')?.[1] ?? '';
        current = { id, title: textContent(node), content: [] };
        sections.push(current);
      }
    }
  }
  return sections;
}

export const servedSection = ({ content, id, title }: Section): CompositionSection => ({
  title,
  ...(id.trim() === '' ? {} : { code: { coding: [{ code: id }] } }),
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${serializeXhtml(content)}</div>` },
});
