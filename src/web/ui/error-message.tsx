/** What went wrong. A screen reader says it at once. Nothing is rendered without a text. */
export function ErrorMessage({ text }: { readonly text: string | null | undefined }) {
  if (!text) return null;
  return (
    <p role="alert" className="problem">
      {text}
    </p>
  );
}
