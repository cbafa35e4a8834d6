/** Where text is stored, as its encryption is bound to it: a column and a row. */
export const placeOf = {
  message: (id: string) => `messages.content ${id}`,
  sources: (answerId: string) => `message_sources.sources ${answerId}`,
  feedback: (messageId: string) => `message_feedback.comment ${messageId}`,
  title: (conversationId: string) => `conversations.title ${conversationId}`,
  transcript: (attachmentId: string) => `attachments.transcript ${attachmentId}`,
  piece: (attachmentId: string, position: number) => `attachment_pieces.content ${attachmentId} ${position}`,
  request: (column: 'turns' | 'fields' | 'files', conversationId: string, clientMessageId: string) =>
    `dialect_requests.${column} ${conversationId} ${clientMessageId}`,
};
