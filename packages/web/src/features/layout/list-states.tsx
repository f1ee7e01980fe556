/** What stands in the place of a list: while it is coming, when it failed, when there is nothing in it. */
import type { ReactNode } from 'react';

export function ListLoading({ rows = 3 }: { rows?: number }) {
  return (
    <div className="list-loading" role="status">
      <span className="sr-only">Loading …</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars that are all the same
        <span key={row} className="list-loading-row" />
      ))}
    </div>
  );
}

export function ListFailed({ what, message, onRetry }: { what: string; message: string; onRetry: () => void }) {
  return (
    <div className="empty" role="alert">
      <p>
        {what} could not be loaded. {message}
      </p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>;
}
