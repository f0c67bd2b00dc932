package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server on this machine that misbehaves. */
class DownloadTest {
  private static final Path IMAGE = Path.of("src/test/resources/image/formats/exif6.jpg");

  private final CountDownLatch over = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private byte[] image;

  @BeforeEach
  void start() throws IOException {
    image = Files.readAllBytes(IMAGE);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/image", e -> answer(e, image.length));
    server.createContext("/chunks", e -> answer(e, 0));
    server.createContext("/moved", e -> redirect(e, "image?a=b"));
    server.createContext("/loop", e -> redirect(e, "/loop"));
    server.createContext("/file", e -> redirect(e, IMAGE.toUri().toString()));
    server.createContext("/silent", e -> trickle(e, 0));
    server.createContext("/drip", e -> trickle(e, 1_000));
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange, long length) throws IOException {
    exchange.sendResponseHeaders(200, length);
    exchange.getResponseBody().write(image);
    exchange.close();
  }

  private static void redirect(HttpExchange exchange, String place) throws IOException {
    exchange.getResponseHeaders().set("Location", place);
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  private void trickle(HttpExchange exchange, int bytes) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    try {
      for (int i = 0; i < bytes && over.getCount() > 0; i++) {
        exchange.getResponseBody().write(1);
        exchange.getResponseBody().flush();
        Thread.sleep(20);
      }
      over.await();
    } catch (InterruptedException | IOException e) {
      // The client has gone, as it should.
    }
    exchange.close();
  }

  private URL url(String path) throws IOException {
    int port = server.getAddress().getPort();
    return URI.create("http://127.0.0.1:" + port + path).toURL();
  }

  @Test
  void reads_images_also_where_they_have_moved_to() throws IOException {
    ImageSource<URL> source = ImageSource.of(URL.class, ImageDecoder.DEFAULT);
    for (String path : new String[] {"/image", "/chunks", "/moved"}) {
      assertThat(source.read(url(path))).hasToString("14 x 21 pixels");
    }
    ImageSource<String> text = ImageSource.of(String.class, ImageDecoder.DEFAULT);
    assertThat(text.read(url("/image").toString())).hasToString("14 x 21 pixels");
  }

  @Test
  void refuses_more_bytes_than_are_allowed_stated_or_not() throws IOException {
    ImageDecoder tight = ImageDecoder.DEFAULT.withMaxBytes(image.length - 1);
    ImageSource<URL> source = ImageSource.of(URL.class, tight);
    assertThatThrownBy(() -> source.read(url("/image")))
        .isInstanceOf(UnreadableImageException.class)
        .hasMessageContaining(
            image.length + " bytes is more than the " + (image.length - 1) + " bytes allowed");
    assertThatThrownBy(() -> source.read(url("/chunks")))
        .isInstanceOf(UnreadableImageException.class)
        .hasMessageContaining("the content is more than");
  }

  @Test
  void refuses_redirections_without_end_and_to_files() throws IOException {
    assertThatThrownBy(() -> Download.STANDARD.read(url("/loop"), 1 << 20))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("/loop: redirected more than 5 times");
    assertThatThrownBy(() -> Download.STANDARD.read(url("/file"), 1 << 20))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("redirected to file:")
        .hasMessageEndingWith("which is not followed");
    URL archive = URI.create("jar:" + "http://127.0.0.1/a.jar!/b.png").toURL();
    assertThatThrownBy(() -> Download.STANDARD.read(archive, 1 << 20))
        .hasMessageEndingWith("images are read from http, https and local addresses");
  }

  @Test
  void names_the_status_of_a_failure() {
    assertThatThrownBy(() -> Download.STANDARD.read(url("/missing"), 1 << 20))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("/missing: the server answers with status 404");
  }

  @Test
  void gives_up_on_silence_and_on_answers_without_end() {
    Download hasty = new Download(Duration.ofMillis(300), Duration.ofMillis(600), 5);
    assertThatThrownBy(() -> hasty.read(url("/silent"), 1 << 20))
        .isInstanceOf(SocketTimeoutException.class);
    assertThatThrownBy(() -> hasty.read(url("/drip"), 1 << 20))
        .isInstanceOf(SocketTimeoutException.class)
        .hasMessageContaining("not done after");
  }
}
