/** Why something stored cannot be decrypted; the log has it, beside the stack. */
export type EncryptionErrorCode =
  /** `ENCRYPTION_KEY_FILE` is not set in this process. */
  | 'no_key_file'
  /** The key file lacks the master key that wraps the data key. */
  | 'no_master_key'
  /** The data key is not there: its user was deleted. */
  | 'no_data_key'
  /** What is stored was changed, or copied from another row. */
  | 'not_authentic';

/** Something stored cannot be decrypted. It is still there: with the right key it can be read. Holds no text and no key. */
export class EncryptionError extends Error {
  override readonly name = 'EncryptionError';
  readonly code: EncryptionErrorCode;

  constructor(code: EncryptionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
