import { limits, type MessageType } from '@coderoom/protocol';

/** What a client has said, without what surrounds it; undefined when it is nothing, or too much. */
export function readContent(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const content = value.trim();
  return content === '' || [...content].length > limits.codechillMessageMaxLength ? undefined : content;
}

/** Of any other kind, it is a text: above all nobody speaks for the system. */
export function readType(value: unknown): Exclude<MessageType, 'system'> {
  return value === 'code' || value === 'file' ? value : 'text';
}
