const EXAMPLES = [
  'What helps against a cold?',
  'How can I sleep better?',
  'When is a headache a reason to see a doctor?',
  'What do the two numbers of a blood pressure mean?',
];

export interface ExamplesProps {
  readonly disabled: boolean;
  readonly onChosen: (text: string) => void;
}

/** Shown before the first message. */
export function Examples({ disabled, onChosen }: ExamplesProps) {
  return (
    <section className="examples" aria-labelledby="examples-heading">
      <h2 id="examples-heading">How can I help you today?</h2>
      <p>
        Ask about symptoms, medicines and staying well. Answers are written by a language model and may be
        wrong; they do not replace a doctor.
      </p>
      <ul>
        {EXAMPLES.map((text) => (
          <li key={text}>
            <button type="button" disabled={disabled} onClick={() => onChosen(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
