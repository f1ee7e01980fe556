import { FormProblemLine } from './form-problem.tsx';
import type { Form } from './use-form.ts';

export interface DialogEndProps {
  form: Form;
  /** What the button that sends says, and while it is on its way. */
  confirm: string;
  busy: string;
  isDanger?: boolean;
  onCancel: () => void;
}

/** The end of a form in a dialog: what is wrong with it, and leaving or sending it. */
export function DialogEnd({ form, confirm, busy, isDanger = false, onCancel }: DialogEndProps) {
  return (
    <>
      <FormProblemLine text={form.problemOf(null)} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className={isDanger ? 'button danger' : 'button primary'} aria-disabled={form.isBusy}>
          {form.isBusy ? busy : confirm}
        </button>
      </div>
    </>
  );
}
