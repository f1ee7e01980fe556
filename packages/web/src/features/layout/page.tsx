/** What the pages under /app share: the bar with the ways between them, and a heading that takes the focus. */
import { type ReactNode, useEffect, useRef } from 'react';
import { type AppPage, appPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { AccountCorner } from '../accounts/account-corner.tsx';
import { session } from '../session/browser-session.ts';
import { ThemeSwitch } from '../theme/theme-switch.tsx';
import { Link } from './link.tsx';
import { Logo } from './logo.tsx';
import '../../styles/forms.css';
import './page.css';

export interface PageProps {
  title: string;
  /** Which of the bar's links leads here. */
  page?: AppPage;
  /** Stands beside the title. */
  action?: ReactNode;
  /** Less wide, for forms. */
  isSlim?: boolean;
  children: ReactNode;
}

const links: { page: AppPage; label: string; needsAccount: boolean }[] = [
  { page: 'rooms', label: 'My rooms', needsAccount: true },
  { page: 'public-rooms', label: 'Public rooms', needsAccount: false },
  { page: 'friends', label: 'Friends', needsAccount: true },
];

export function Page({ title, page, action, isSlim = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const isGuest = useStore(session.state).name === 'signed-out';
  useEffect(() => {
    document.title = `${title} – Coderoom`;
    // Unless a field of the page has taken it already.
    if (document.activeElement === document.body || document.activeElement === null) heading.current?.focus();
  }, [title]);
  return (
    <div className="page">
      <header className="landing-bar page-bar">
        <Link className="brand" href="/" aria-label="Coderoom start page">
          <Logo />
          <span>Coderoom</span>
        </Link>
        <nav className="page-links" aria-label="Pages">
          {links
            .filter(({ needsAccount }) => !needsAccount || !isGuest)
            .map(({ page: to, label }) => (
              <Link key={to} href={appPath(to)} aria-current={to === page ? 'page' : undefined}>
                {label}
              </Link>
            ))}
        </nav>
        <div className="page-bar-end">
          <ThemeSwitch />
          {page !== 'sign-in' && <AccountCorner />}
        </div>
      </header>
      <main className="page-main" data-slim={isSlim}>
        <div className="page-head">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {action}
        </div>
        {children}
      </main>
    </div>
  );
}
