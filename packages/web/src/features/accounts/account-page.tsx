/** One's account: profile, password, where one is signed in, what happened, and the end of it. */
import type { Account } from '@coderoom/protocol';
import { personPath } from '../../navigation.ts';
import { Link } from '../layout/link.tsx';
import { Page } from '../layout/page.tsx';
import { NeedsAccount } from '../session/needs-account.tsx';
import { AuditSection } from './audit-section.tsx';
import { DeleteSection } from './delete-section.tsx';
import { PasswordForm } from './password-form.tsx';
import { ProfileForm } from './profile-form.tsx';
import { SessionsSection } from './sessions-section.tsx';
import './account-page.css';

export default function AccountPage() {
  return (
    <NeedsAccount title="Account" page="account" text="Sign in to see your account.">
      {(account) => <Sections account={account} />}
    </NeedsAccount>
  );
}

function Sections({ account }: { account: Account }) {
  return (
    <Page
      title="Account"
      page="account"
      action={
        <Link className="button" href={personPath(account.id)}>
          See your profile
        </Link>
      }
    >
      <ProfileForm account={account} />
      <PasswordForm account={account} />
      <SessionsSection />
      <AuditSection />
      <DeleteSection account={account} />
    </Page>
  );
}
