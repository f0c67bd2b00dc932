package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.fovea.hub.HubException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** A server with a certificate of its own, which the process trusts for the time of a test. */
@Isolated("sets the process's default of whom to trust")
class HubTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final byte[] BYTES = {1, 2, 3, 4, 5};

  @TempDir static Path keys;
  @TempDir Path folder;
  private SSLContext before;
  private HttpsServer secure;
  private final LoopbackHub plain = new LoopbackHub();

  @BeforeAll
  static void makeKey() throws Exception {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                keys.resolve("key.p12").toString())
            .redirectErrorStream(true)
            .redirectOutput(keys.resolve("log.txt").toFile())
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(keytool.exitValue()).as(Files.readString(keys.resolve("log.txt"))).isZero();
  }

  private static SSLContext context() throws Exception {
    KeyStore key = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys.resolve("key.p12"))) {
      key.load(in, PASSWORD);
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", key.getCertificate(key.aliases().nextElement()));
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(key, PASSWORD);
    TrustManagerFactory others =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    others.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), others.getTrustManagers(), null);
    return context;
  }

  @BeforeEach
  void start() throws Exception {
    before = SSLContext.getDefault();
    secure = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    secure.setHttpsConfigurator(new HttpsConfigurator(context()));
    secure.start();
  }

  @AfterEach
  void stop() {
    SSLContext.setDefault(before);
    secure.stop(0);
    plain.close();
  }

  private URI serve(String path, HttpHandler answer) {
    secure.createContext(path, answer);
    return URI.create("https://127.0.0.1:" + secure.getAddress().getPort() + path);
  }

  private HubFile fetch(URI address) throws IOException {
    return new HubClient(plain.options(folder.resolve("cache"))).url(address, Optional.empty());
  }

  @Test
  void a_redirect_from_https_to_http_is_not_followed() throws Exception {
    SSLContext.setDefault(context());
    URI target = plain.web("/web/weights.bin");
    URI address = serve("/down.bin", Answers.with(302, Map.of("Location", target.toString())));
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> fetch(address))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.UNTRUSTED))
        .withMessageContaining(target.toString())
        .withMessageContaining("is not followed");
    assertThat(plain.seen()).isEmpty();
    assertThat(folder.resolve("cache")).isDirectoryNotContaining("glob:**/*.bin");
  }

  @Test
  void redirects_from_http_to_https_and_within_https_are_followed() throws Exception {
    SSLContext.setDefault(context());
    URI end = serve("/end.bin", exchange -> Answers.send(exchange, BYTES, false));
    URI middle = serve("/middle.bin", Answers.with(302, Map.of("Location", end.toString())));
    plain.storeOnce(Answers.with(302, Map.of("Location", middle.toString())));
    assertThat(fetch(plain.web("/start.bin")).path()).hasBinaryContent(BYTES);
  }

  @Test
  void a_server_that_nobody_vouches_for_is_not_read() {
    URI address = serve("/file.bin", exchange -> Answers.send(exchange, BYTES, false));
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> fetch(address))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
        .withMessageContaining("127.0.0.1");
  }
}
