// A small client for Android and the JVM: sends a message once whatever breaks, waits or streams, and continues after a restart.
// Needs kotlinx-coroutines-core and, outside of Android, org.json.
//
//   kotlinc -cp coroutines.jar:json.jar examples/kotlin -d veda.jar
//   kotlin -cp veda.jar:coroutines.jar:json.jar VedaClientKt http://127.0.0.1:3000 "$TOKEN" "What helps against a cold?"

import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL
import java.util.UUID
import kotlin.random.Random
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.json.JSONObject

/** Refused for good: the same request would be refused again. Decide by [code] (docs/protocol.md, "Errors"). */
class Refused(val status: Int, val code: String, detail: String) : Exception(detail)

/** A response. [location] and [retryAfter] (seconds) are those of the headers, if there are any. */
class Reply(val status: Int, val json: JSONObject, val location: String?, val retryAfter: Long?)

/** [token] is called before each request, with the token that was just refused, if one was. */
class VedaClient(private val url: String, private val token: suspend (refused: String?) -> String) {

    suspend fun newConversation(title: String): String =
        call("POST", "/api/conversations", JSONObject().put("title", title)).json.getString("id")

    /**
     * The newest messages, oldest first, in `items`. An answer without `completedAt` is being written: it has its text so
     * far, and `follow` from `streamCursor` brings the rest.
     */
    suspend fun history(conversationId: String): JSONObject = call("GET", messages(conversationId)).json

    /**
     * Stores the message. In the result, `message` is the answer to come and `cursor` stands before it. Keep the id with the
     * text until this returns, and call again with both after a crash: the message is stored once.
     */
    suspend fun send(conversationId: String, text: String, clientMessageId: String): JSONObject =
        call("POST", messages(conversationId), body(text, clientMessageId)).json

    /** Sends, or waits again for a message that was sent, and returns the whole answer. Calls `soFar` with each 202. */
    suspend fun chat(
        conversationId: String,
        text: String,
        clientMessageId: String,
        soFar: (JSONObject) -> Unit = {},
    ): JSONObject {
        while (true) {
            val reply = call("POST", "${messages(conversationId)}/chat", body(text, clientMessageId))
            val message = reply.json.getJSONObject("message")
            if (reply.status == 200) return message
            // If the text is lost, GET reply.location until the message has `completedAt`.
            soFar(message)
            delay((reply.retryAfter ?: 1) * 1000)
        }
    }

    /**
     * Calls [take] with each frame after [cursor], once and in order, whatever breaks, until no answer runs or waits.
     * With `chunk` append `data`; with `reset` drop the text of `messageId`; with `done` and `error` take `message`.
     */
    suspend fun follow(conversationId: String, cursor: String, take: (JSONObject) -> Unit) {
        var at = cursor
        var failures = 0
        while (true) {
            val ended = try {
                readStream("/api/conversations/$conversationId/stream?until=done&cursor=$at") { frame ->
                    failures = 0
                    // `ready` says that everything is sent. It does not move the cursor.
                    if (frame.has("cursor") && frame.getString("type") != "ready") at = frame.getString("cursor")
                    take(frame)
                }
            } catch (broken: IOException) {
                false
            }
            if (ended) return
            delay(pause(failures++))
        }
    }

    private fun messages(conversationId: String) = "/api/conversations/$conversationId/messages"

    private fun body(text: String, clientMessageId: String) =
        JSONObject().put("text", text).put("client_message_id", clientMessageId)

    /** Repeats the request until the server accepts or refuses it. That is safe here: a send has an id, and a second empty
     * conversation does no harm. */
    private suspend fun call(method: String, path: String, body: JSONObject? = null): Reply {
        var refused: String? = null
        var failures = 0
        while (true) {
            val used = token(refused)
            val reply = try {
                withContext(Dispatchers.IO) { exchange(method, path, used, body) }
            } catch (broken: IOException) {
                null
            }
            when {
                reply == null || reply.status == 429 || reply.status >= 500 ->
                    delay(reply?.retryAfter?.let { it * 1000 } ?: pause(failures++))
                reply.status == 401 && refused != used -> refused = used
                reply.status >= 400 -> throw refusal(reply)
                else -> return reply
            }
        }
    }

    private fun exchange(method: String, path: String, token: String, body: JSONObject?): Reply {
        val connection = open(path, token)
        try {
            connection.requestMethod = method
            if (body != null) {
                connection.doOutput = true
                connection.setRequestProperty("Content-Type", "application/json")
                connection.outputStream.use { it.write(body.toString().toByteArray()) }
            }
            return replyOf(connection)
        } finally {
            connection.disconnect()
        }
    }

    /** True when nothing follows (204); false when the stream ended for any reason. */
    private suspend fun readStream(path: String, take: (JSONObject) -> Unit): Boolean {
        var refused: String? = null
        while (true) {
            val used = token(refused)
            val connection = open(path, used)
            try {
                val status = withContext(Dispatchers.IO) { connection.responseCode }
                if (status == 204) return true
                if (status == 401 && refused != used) {
                    refused = used
                    continue
                }
                if (status in 400..499 && status != 429) throw refusal(replyOf(connection))
                if (status != 200) return false
                val lines = connection.inputStream.bufferedReader()
                while (true) {
                    // A heartbeat is a line too, and keeps the read from timing out.
                    val line = withContext(Dispatchers.IO) { lines.readLine() } ?: return false
                    if (line.startsWith("data: ")) take(JSONObject(line.substring(6)))
                }
            } finally {
                connection.disconnect()
            }
        }
    }

    private fun open(path: String, token: String): HttpURLConnection {
        val connection = URL(url + path).openConnection() as HttpURLConnection
        connection.connectTimeout = 10_000
        // Longer than a waiting chat (25 s) and than two heartbeats (15 s).
        connection.readTimeout = 40_000
        connection.setRequestProperty("Authorization", "Bearer $token")
        return connection
    }

    private fun replyOf(connection: HttpURLConnection): Reply {
        val status = connection.responseCode
        val stream = if (status < 400) connection.inputStream else connection.errorStream
        val text = stream?.bufferedReader()?.use { it.readText() } ?: ""
        // A proxy's response is not JSON; its status is enough.
        val json = if (text.startsWith("{")) JSONObject(text) else JSONObject()
        val retryAfter = connection.getHeaderField("Retry-After")?.toLongOrNull()
        return Reply(status, json, connection.getHeaderField("Location"), retryAfter)
    }

    private fun refusal(reply: Reply) =
        Refused(reply.status, reply.json.optString("code"), reply.json.optString("detail"))

    /** 0.5 s, 1 s, 2 s … 30 s, minus up to a half at random, so that clients do not all come back at once. In ms. */
    private fun pause(failures: Int): Long {
        val longest = minOf(500L shl minOf(failures, 6), 30_000L)
        return longest / 2 + Random.nextLong(longest / 2 + 1)
    }
}

/** Every answer that has text ends with a blank line and this. Show it; do not add another. */
const val DISCLAIMER_SIGN = "\n\n⚠️ **Medical Disclaimer**: "

/** The answer and its disclaimer, for apps that show them differently. */
fun parts(content: String): Pair<String, String> {
    val at = content.lastIndexOf(DISCLAIMER_SIGN)
    return if (at < 0) Pair(content, "") else Pair(content.substring(0, at), content.substring(at + 2))
}

fun main(args: Array<String>) = runBlocking {
    val (url, token, text) = args
    val client = VedaClient(url) { token }
    val conversation = client.newConversation("An example")

    val sent = client.send(conversation, text, UUID.randomUUID().toString())
    client.follow(conversation, sent.getString("cursor")) { frame ->
        when (frame.getString("type")) {
            "chunk" -> print(frame.getString("data"))
            "reset" -> println()
        }
    }

    val answer = client.chat(conversation, "And what if it does not get better?", UUID.randomUUID().toString())
    val (words, disclaimer) = parts(answer.getString("content"))
    println("\n\n$words\n---\n$disclaimer")
}
