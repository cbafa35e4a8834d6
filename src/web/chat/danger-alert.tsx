import type { StoredMessage } from '../../client/api.js';

export interface DangerAlertProps {
  readonly alert: NonNullable<StoredMessage['alert']>;
  /** Of the newest answer: a screen reader says it at once. Those further up would be said again with every page that is loaded. */
  readonly isLatest: boolean;
}

/** What to do about the danger in what the person wrote, and who helps. */
export function DangerAlert({ alert: { text, severity, resources }, isLatest }: DangerAlertProps) {
  return (
    <div className="danger-alert" role={isLatest ? 'alert' : 'note'} data-severity={severity}>
      <p dir="auto">{text}</p>
      <ul>
        {resources.map(({ label, phone, url }) => (
          <li key={label + phone} dir="auto">
            {label}
            {phone !== undefined && (
              <>
                {': '}
                <a href={`tel:${phone.replaceAll(/[^+\d]/g, '')}`}>{phone}</a>
              </>
            )}
            {url !== undefined && (
              <>
                {' '}
                <a href={url} target="_blank" rel="noopener noreferrer">
                  {new URL(url).hostname}
                </a>
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
