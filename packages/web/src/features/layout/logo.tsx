/** The mark: a room of two brackets with a caret in it. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M12.5 8.5H9v15h3.5M19.5 8.5H23v15h-3.5"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="2.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path className="logo-caret" d="M16 12v8" stroke="var(--on-accent)" strokeWidth="2.5" strokeLinecap="round" />
    </svg>
  );
}
