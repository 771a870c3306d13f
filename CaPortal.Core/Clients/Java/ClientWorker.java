import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Answers what this Java does with what a TLS server sent and a set of trusted roots. Its own TLS client is asked: it gets the
 * server's first messages, up to the certificates, and judges them before it needs anything that only the server's key can make.
 *
 * Questions and answers are frames on the standard streams: their length in four bytes, then the bytes. A question is the
 * SHA-256 of the roots, the time in milliseconds since 1970, the server's name (empty: names do not count), what the server
 * sent, and then the roots, unless they are known here from an earlier question. An answer is text: nothing where the client
 * accepts, "?" where the roots have to be given, else one line for each exception, the outermost first: its type, reason,
 * SHA-256 of the certificate that it is about, and message, with tabs between them.
 */
public final class ClientWorker {
    private static final int MOST_SETS = 4;
    private static final int MOST_CAUSES = 8;
    private static final int MOST_TEXT = 300;
    private static final int MOST_RECORD = 16384;
    private static final int HANDSHAKE = 22;
    private static final int SERVER_HELLO = 2;
    private static final int CERTIFICATE = 11;
    private static final int TLS_1_2 = 0x0303;
    private static final int TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = 0xC02F;
    private static final int ANY_PORT = 443;

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Map<String, Set<TrustAnchor>> SETS = new LinkedHashMap<>(MOST_SETS, 0.75f, true);

    private ClientWorker() {
    }

    public static void main(String[] args) throws Exception {
        DataInputStream in = new DataInputStream(System.in);
        DataOutputStream out = new DataOutputStream(System.out);
        try {
            while (true) {
                byte[] answer = answer(new DataInputStream(new ByteArrayInputStream(block(in)))).getBytes(StandardCharsets.UTF_8);
                ByteArrayOutputStream frame = new ByteArrayOutputStream();
                put(frame, 4, answer.length);
                frame.write(answer);
                out.write(frame.toByteArray());
                out.flush();
            }
        } catch (EOFException e) {
            // The program that asks has ended.
        }
    }

    private static String answer(DataInputStream question) throws Exception {
        String set = Base64.getEncoder().encodeToString(block(question));
        Date at = new Date(question.readLong());
        String name = new String(block(question), StandardCharsets.US_ASCII);
        byte[][] sent = blocks(question);
        if (question.available() > 0) {
            remember(set, blocks(question));
        }
        Set<TrustAnchor> anchors = SETS.get(set);
        if (anchors == null) {
            return "?";
        }
        try {
            connect(anchors, at, name, sent);
            return "";
        } catch (Exception | StackOverflowError e) {
            return describe(e);
        }
    }

    private static void remember(String set, byte[][] roots) throws CertificateException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Set<TrustAnchor> anchors = new LinkedHashSet<>();
        for (byte[] root : roots) {
            try {
                anchors.add(new TrustAnchor((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(root)), null));
            } catch (CertificateException | RuntimeException | StackOverflowError e) {
                // Java cannot read it, so nothing is trusted by it.
            }
        }
        SETS.put(set, anchors);
        if (SETS.size() > MOST_SETS) {
            SETS.remove(SETS.keySet().iterator().next());
        }
    }

    /** Plays the server until the client has judged the certificates; what the client refuses with is thrown. */
    private static void connect(Set<TrustAnchor> anchors, Date at, String name, byte[][] sent) throws Exception {
        // As from a truststore, except for the time, which no truststore can set.
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, null);
        parameters.setRevocationEnabled(false);
        parameters.setDate(at);
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(new CertPathTrustManagerParameters(parameters));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), RANDOM);

        SSLEngine client = name.isEmpty() ? context.createSSLEngine() : context.createSSLEngine(name, ANY_PORT);
        client.setUseClientMode(true);
        SSLParameters settings = client.getSSLParameters();
        settings.setEndpointIdentificationAlgorithm(name.isEmpty() ? null : "HTTPS");
        // The version in which certificates are not encrypted; they are judged as in the next one.
        settings.setProtocols(new String[] { "TLSv1.2" });
        client.setSSLParameters(settings);

        ByteBuffer nothing = ByteBuffer.allocate(0);
        client.wrap(nothing, ByteBuffer.allocate(client.getSession().getPacketBufferSize()));
        ByteBuffer received = ByteBuffer.wrap(records(sent));
        ByteBuffer data = ByteBuffer.allocate(client.getSession().getApplicationBufferSize());
        int left;
        do {
            left = received.remaining();
            client.unwrap(received, data);
            for (Runnable task = client.getDelegatedTask(); task != null; task = client.getDelegatedTask()) {
                task.run();
            }
        } while (received.remaining() < left);
        client.unwrap(nothing, data);

        // Throws unless they were judged.
        PublicKey key = client.getHandshakeSession().getPeerCertificates()[0].getPublicKey();

        // What the server sends next is signed, so a key on a curve that this Java does not know ends the handshake.
        if (key instanceof ECKey) {
            KeyPairGenerator.getInstance("EC").initialize(((ECKey) key).getParams(), RANDOM);
        }
    }

    private static byte[] records(byte[][] sent) throws IOException {
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        put(hello, 2, TLS_1_2);
        hello.write(new byte[32]);
        put(hello, 1, 0);
        put(hello, 2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
        put(hello, 1, 0);

        ByteArrayOutputStream list = new ByteArrayOutputStream();
        for (byte[] certificate : sent) {
            put(list, 3, certificate.length);
            list.write(certificate);
        }
        ByteArrayOutputStream certificates = new ByteArrayOutputStream();
        put(certificates, 3, list.size());
        list.writeTo(certificates);

        ByteArrayOutputStream records = new ByteArrayOutputStream();
        addMessage(records, SERVER_HELLO, hello);
        addMessage(records, CERTIFICATE, certificates);
        return records.toByteArray();
    }

    private static void addMessage(ByteArrayOutputStream records, int type, ByteArrayOutputStream body) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        put(message, 1, type);
        put(message, 3, body.size());
        body.writeTo(message);
        byte[] bytes = message.toByteArray();
        for (int from = 0; from < bytes.length; from += MOST_RECORD) {
            int length = Math.min(MOST_RECORD, bytes.length - from);
            put(records, 1, HANDSHAKE);
            put(records, 2, TLS_1_2);
            put(records, 2, length);
            records.write(bytes, from, length);
        }
    }

    private static String describe(Throwable outermost) throws Exception {
        StringBuilder lines = new StringBuilder();
        Throwable cause = outermost;
        for (int i = 0; cause != null && i < MOST_CAUSES; i++, cause = cause.getCause()) {
            String reason = "";
            String sha256 = "";
            if (cause instanceof CertPathValidatorException) {
                CertPathValidatorException stop = (CertPathValidatorException) cause;
                reason = stop.getReason().toString();
                if (stop.getCertPath() != null && stop.getIndex() >= 0) {
                    sha256 = sha256(stop.getCertPath().getCertificates().get(stop.getIndex()).getEncoded());
                }
            }
            String message = cause.getMessage() == null ? "" : cause.getMessage().replaceAll("\\p{Cntrl}", " ");
            lines.append(cause.getClass().getName()).append('\t').append(reason).append('\t').append(sha256).append('\t')
                .append(message, 0, Math.min(MOST_TEXT, message.length())).append('\n');
        }
        return lines.toString();
    }

    private static String sha256(byte[] bytes) throws Exception {
        StringBuilder text = new StringBuilder();
        for (byte b : MessageDigest.getInstance("SHA-256").digest(bytes)) {
            text.append(String.format("%02x", b));
        }
        return text.toString();
    }

    private static void put(ByteArrayOutputStream out, int bytes, int value) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
            out.write(value >> shift);
        }
    }

    private static byte[] block(DataInputStream in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }

    private static byte[][] blocks(DataInputStream in) throws IOException {
        byte[][] all = new byte[in.readInt()][];
        for (int i = 0; i < all.length; i++) {
            all[i] = block(in);
        }
        return all;
    }
}
