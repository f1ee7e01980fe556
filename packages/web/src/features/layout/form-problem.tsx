/** What is wrong with a form as a whole. */
export function FormProblemLine({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <p className="note" role="alert">
      {text}
    </p>
  );
}
