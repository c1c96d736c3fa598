/** The six forms of `workflow_filter`: equals, begins, contains, and the opposite of each. */

export type WorkflowFilter = (workflowId: string) => boolean;

export const EVERY_WORKFLOW: WorkflowFilter = () => true;

export function workflowFilter(text: string): WorkflowFilter {
  let pattern = text.trim();
  if (pattern === '') return EVERY_WORKFLOW;
  const not = pattern.startsWith('!');
  if (not) pattern = pattern.slice(1);
  const matches = matcher(pattern);
  return not ? (workflowId) => !matches(workflowId) : matches;
}

function matcher(pattern: string): WorkflowFilter {
  if (pattern.startsWith('*')) {
    const part = pattern.slice(1, pattern.endsWith('*') ? -1 : undefined);
    return (workflowId) => workflowId.includes(part);
  }
  if (!pattern.endsWith('*')) return (workflowId) => workflowId === pattern;
  const start = pattern.slice(0, -1);
  return (workflowId) => workflowId.startsWith(start);
}
