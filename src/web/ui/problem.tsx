/** What went wrong, said at once. Nothing when nothing did. */
export function Problem({ words }: { readonly words: string | null | undefined }) {
  if (!words) return null;
  return (
    <p role="alert" className="problem">
      {words}
    </p>
  );
}
