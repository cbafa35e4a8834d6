export interface LoadProblemProps {
  /** Null when there is none. */
  readonly problem: string | null;
  readonly onRetry: () => void;
}

/** Says why an attachment could not be loaded. */
export function LoadProblem({ problem, onRetry }: LoadProblemProps) {
  if (problem === null) return null;
  return (
    <p className="problem">
      {problem}{' '}
      <button type="button" className="link" onClick={onRetry}>
        Try again
      </button>
    </p>
  );
}
