import type { AuditEntry } from '@coderoom/protocol';
import { auditText } from './audit-text.ts';

/** One act of a security log as a row. */
export function AuditRow({ entry }: { entry: AuditEntry }) {
  return (
    <li className="row">
      <span className="row-text">
        <span className="row-name">{auditText(entry)}</span>
        <span className="row-facts">
          <time dateTime={entry.at}>
            {new Date(entry.at).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}
          </time>
          {entry.address !== null && <span>{entry.address}</span>}
        </span>
      </span>
    </li>
  );
}
