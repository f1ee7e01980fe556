import type { AuditKind } from '@coderoom/protocol';
import type { AuditService } from './service.ts';

/** The audit log as it is, telling of each entry as well; for counting. */
export function observeAudit(audit: AuditService, onRecorded: (kind: AuditKind) => void): AuditService {
  return {
    ...audit,
    record(act) {
      onRecorded(act.kind);
      return audit.record(act);
    },
  };
}
