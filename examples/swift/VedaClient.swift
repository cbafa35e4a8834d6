// A small client for iOS 15, macOS 12 and later: sends a message once whatever breaks, waits or streams, and continues after a restart.
//
//   swiftc -parse-as-library examples/swift/VedaClient.swift -o veda
//   ./veda http://127.0.0.1:3000 "$TOKEN" "What helps against a cold?"

import Foundation

/// Refused for good: the same request would be refused again. Decide by `code` (docs/protocol.md, "Errors").
struct Refused: Error {
    let status: Int
    let code: String
    let detail: String
}

struct Message: Decodable, Sendable {
    let id: String
    let role: String
    let content: String
    /// `queued`, `streaming`, and in the end `complete`, `stopped`, `incomplete` or `failed`.
    let status: String
    let completedAt: String?
}

/// `message` is the answer to come. `cursor`, the place before it, comes with a send, not with a waiting chat.
struct Sent: Decodable, Sendable {
    let userMessage: Message
    let message: Message
    let duplicate: Bool
    let cursor: String?
}

struct Page: Decodable, Sendable {
    let items: [Message]
    let streamCursor: String
}

/// The fields depend on `type` (docs/protocol.md, "Frames").
struct Frame: Decodable, Sendable {
    let type: String
    let cursor: String?
    let messageId: String?
    let data: String?
    let message: Message?
    let code: String?
}

final class VedaClient: Sendable {
    private struct Conversation: Decodable { let id: String }
    private struct Problem: Decodable { let code: String; let detail: String }

    private let url: String
    private let token: @Sendable (_ refused: String?) async throws -> String
    private let session: URLSession

    /// `token` is called before each request, with the token that was just refused, if one was.
    init(url: String, token: @escaping @Sendable (_ refused: String?) async throws -> String) {
        self.url = url
        self.token = token
        let configuration = URLSessionConfiguration.ephemeral
        // Time without data: longer than a waiting chat (25 s) and than two heartbeats (15 s).
        configuration.timeoutIntervalForRequest = 40
        session = URLSession(configuration: configuration)
    }

    func newConversation(title: String) async throws -> String {
        let (data, _) = try await call("POST", "/api/conversations", body: ["title": title])
        return try JSONDecoder().decode(Conversation.self, from: data).id
    }

    /// The newest messages, oldest first. An answer without `completedAt` is being written: it has its text so far, and
    /// `follow` from `streamCursor` brings the rest.
    func history(_ conversation: String) async throws -> Page {
        let (data, _) = try await call("GET", messages(conversation))
        return try JSONDecoder().decode(Page.self, from: data)
    }

    /// Stores the message. Keep the id with the text until this returns, and call again with both after a crash: the
    /// message is stored once.
    func send(_ text: String, to conversation: String, id: String) async throws -> Sent {
        let (data, _) = try await call("POST", messages(conversation), body: ["text": text, "client_message_id": id])
        return try JSONDecoder().decode(Sent.self, from: data)
    }

    /// Sends, or waits again for a message that was sent, and returns the whole answer. Calls `soFar` with each 202.
    func chat(
        _ text: String, in conversation: String, id: String, soFar: (Message) -> Void = { _ in }
    ) async throws -> Message {
        let path = messages(conversation) + "/chat"
        while true {
            let (data, response) = try await call("POST", path, body: ["text": text, "client_message_id": id])
            let message = try JSONDecoder().decode(Sent.self, from: data).message
            if response.statusCode == 200 { return message }
            // If the text is lost, GET the address in the header Location until the message has `completedAt`.
            soFar(message)
            try await sleep(retryAfter(response) ?? 1)
        }
    }

    /// Each frame after `cursor`, once and in order, whatever breaks, until no answer runs or waits.
    /// With `chunk` append `data`; with `reset` drop the text of `messageId`; with `done` and `error` take `message`.
    func follow(_ conversation: String, from cursor: String) -> AsyncThrowingStream<Frame, Error> {
        AsyncThrowingStream { continuation in
            let reading = Task {
                do {
                    try await read(conversation, from: cursor) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in reading.cancel() }
        }
    }

    private func messages(_ conversation: String) -> String { "/api/conversations/\(conversation)/messages" }

    private func read(_ conversation: String, from cursor: String, take: (Frame) -> Void) async throws {
        var at = cursor
        var refused: String?
        var failures = 0
        while true {
            let used = try await token(refused)
            let path = "/api/conversations/\(conversation)/stream?until=done&cursor=\(at)"
            do {
                let (bytes, anyResponse) = try await session.bytes(for: request("GET", path, token: used))
                let response = anyResponse as! HTTPURLResponse
                switch response.statusCode {
                case 200:
                    // Empty lines are left out by `lines`, and each event has one line of data.
                    for try await line in bytes.lines where line.hasPrefix("data: ") {
                        let frame = try JSONDecoder().decode(Frame.self, from: Data(line.dropFirst(6).utf8))
                        failures = 0
                        // `ready` says that everything is sent. It does not move the cursor.
                        if let cursor = frame.cursor, frame.type != "ready" { at = cursor }
                        take(frame)
                    }
                case 204:
                    return
                case 401 where refused != used:
                    refused = used
                    continue
                case 429, 500...:
                    break
                default:
                    throw Refused(status: response.statusCode, code: "", detail: "the stream was refused")
                }
            } catch let error as URLError where error.code != .cancelled {
                // The stream broke: open another one.
            }
            try await sleep(pause(failures))
            failures += 1
        }
    }

    /// Repeats the request until the server accepts or refuses it. That is safe here: a send has an id, and a second empty
    /// conversation does no harm.
    private func call(
        _ method: String, _ path: String, body: [String: String]? = nil
    ) async throws -> (Data, HTTPURLResponse) {
        var refused: String?
        var failures = 0
        while true {
            let used = try await token(refused)
            var request = self.request(method, path, token: used)
            if let body = body {
                request.setValue("application/json", forHTTPHeaderField: "Content-Type")
                request.httpBody = try JSONEncoder().encode(body)
            }
            var asked: Double?
            do {
                let (data, anyResponse) = try await session.data(for: request)
                let response = anyResponse as! HTTPURLResponse
                switch response.statusCode {
                case 401 where refused != used:
                    refused = used
                    continue
                case 429, 500...:
                    asked = retryAfter(response)
                case 400...:
                    let problem = try? JSONDecoder().decode(Problem.self, from: data)
                    throw Refused(
                        status: response.statusCode, code: problem?.code ?? "", detail: problem?.detail ?? "")
                default:
                    return (data, response)
                }
            } catch let error as URLError where error.code != .cancelled {
                // It may have arrived or not: send the same again.
            }
            try await sleep(asked ?? pause(failures))
            failures += 1
        }
    }

    private func request(_ method: String, _ path: String, token: String) -> URLRequest {
        var request = URLRequest(url: URL(string: url + path)!)
        request.httpMethod = method
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        return request
    }

    private func retryAfter(_ response: HTTPURLResponse) -> Double? {
        response.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init)
    }

    /// 0.5 s, 1 s, 2 s … 30 s, minus up to a half at random, so that clients do not all come back at once.
    private func pause(_ failures: Int) -> Double {
        min(0.5 * pow(2, Double(min(failures, 6))), 30) * Double.random(in: 0.5...1)
    }

    private func sleep(_ seconds: Double) async throws {
        try await Task.sleep(nanoseconds: UInt64(seconds * 1_000_000_000))
    }
}

/// The answer and its disclaimer, for apps that show them differently. Every answer that has text ends with a blank line and
/// the disclaimer: show it; do not add another.
func parts(_ content: String) -> (words: String, disclaimer: String) {
    let sign = "\n\n⚠️ **Medical Disclaimer**: "
    guard let range = content.range(of: sign, options: [.backwards, .literal]) else { return (content, "") }
    return (String(content[..<range.lowerBound]), String(content[range.lowerBound...].dropFirst(2)))
}

@main
struct Example {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let token = arguments[2]
        let client = VedaClient(url: arguments[1]) { _ in token }
        let conversation = try await client.newConversation(title: "An example")

        let sent = try await client.send(arguments[3], to: conversation, id: UUID().uuidString)
        for try await frame in client.follow(conversation, from: sent.cursor ?? "0.0.0") {
            if frame.type == "chunk" { print(frame.data ?? "", terminator: "") }
            if frame.type == "reset" { print() }
        }

        let question = "And what if it does not get better?"
        let answer = parts(try await client.chat(question, in: conversation, id: UUID().uuidString).content)
        print("\n\n\(answer.words)\n---\n\(answer.disclaimer)")
    }
}
